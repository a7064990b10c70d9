"""The window on a real X server: the system packages that scripts/system-packages.sh names are enough."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb is Linux's")
def test_the_window_opens_and_leaves_on_an_x_server(tmp_path: Path) -> None:
    assert shutil.which("xvfb-run"), "xvfb is missing; `make test` installs it or says how"
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    command = ["xvfb-run", "-a", sys.executable, "-m", "console", "--data-dir", str(tmp_path), "--smoke"]
    run = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")
