"""Runs every benchmark: ``python -m benchmarks``, or only those named: ``python -m benchmarks deadlines``."""

import importlib
import sys

BENCHMARKS = ("deadlines", "start", "queue", "live")


def main(names: list[str]) -> int:
    """0 when every benchmark ran; 2 when a name is unknown."""
    for name in names:
        if name not in BENCHMARKS:
            print(f"There is no benchmark {name!r}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
            return 2
    for name in names or BENCHMARKS:
        importlib.import_module(f"benchmarks.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
