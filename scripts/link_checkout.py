"""Let the environment that runs this script see the checkout: `import console`, and the command itself.

What an editable install would do, without asking the network for a build back end.
"""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = """#!{python}
import sys

from console.__main__ import main

sys.exit(main())
"""


def link(root: Path) -> None:
    """Write the path file and the command into the running environment; doing it twice changes nothing."""
    packages = Path(sysconfig.get_path("purelib"))
    (packages / "support-console.pth").write_text(f"{root}\n", encoding="utf-8")
    command = Path(sysconfig.get_path("scripts")) / "support-console"
    command.write_text(COMMAND.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)


if __name__ == "__main__":
    link(ROOT)
