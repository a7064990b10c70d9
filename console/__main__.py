"""The program's front door: without a command the window, with one the headless command line.

Exit codes of the door itself: 4 when the window is asked for and there is no display to show it on.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence

NO_DISPLAY = 4
_OPTIONS_WITH_A_VALUE = ("--data-dir", "--database")
_WINDOW_FLAGS = ("--smoke",)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code; `argv` are the words after the program's name."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        return _say_version()
    return _window(words) if asks_for_window(words) else _command(words)


def asks_for_window(words: Sequence[str]) -> bool:
    """True when there is nothing but options of the window: no command, no `--help`, nothing unknown."""
    rest = iter(words)
    for word in rest:
        if word in _OPTIONS_WITH_A_VALUE:
            if next(rest, None) is None:
                return False
        elif word not in _WINDOW_FLAGS and not word.startswith(
            tuple(f"{each}=" for each in _OPTIONS_WITH_A_VALUE)
        ):
            return False
    return True


def lacks_display() -> str:
    """Why no window can be shown here, in a few words; empty when one can. Qt itself would abort the process."""
    if not sys.platform.startswith("linux"):
        return ""
    if os.environ.get("QT_QPA_PLATFORM") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "neither DISPLAY nor WAYLAND_DISPLAY is set"
    return "" if _x_server_answers(display) else f"nothing answers at DISPLAY={display}"


def _x_server_answers(display: str) -> bool:
    """Whether a local X server listens there; a display on another host is taken at its word."""
    import socket

    host, _, number = display.rpartition(":")
    if host not in ("", "unix"):
        return True
    path = f"/tmp/.X11-unix/X{number.partition('.')[0]}"  # noqa: S108 (where X servers listen)
    for address in (f"\0{path}", path):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(address) == 0:
                return True
    return False


def _window(words: list[str]) -> int:
    trouble = lacks_display()
    if trouble:
        print(
            f"There is no display for the window ({trouble}); `support-console --help` lists what works without one.",
            file=sys.stderr,
        )
        return NO_DISPLAY
    import gc

    gc.disable()  # nothing to collect while the modules load; the window enables it after its first paint
    from console.ui.app import main as window

    return window(words)


def _command(words: list[str]) -> int:
    from console.cli.main import main as command

    return command(words, _pictures)


def _pictures(arguments: Namespace) -> int:
    from console.ui.pictures import draw

    return draw(arguments)


def _say_version() -> int:
    from console import __version__

    print(f"Support Console {__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
