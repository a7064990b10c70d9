"""One of the two consoles of ``make demo-shared``: the program's own window on its half of the screen."""

import sys

from console import paths
from console.ui import app
from console.ui.app import Options
from console.ui.main_window import MainWindow
from console.ui.remember import Remember


def main(side: str, url: str, data_dir: str) -> int:
    """The exit code, once the window is closed."""
    folders = paths.folders(data_dir)
    folders.ensure()
    remember = Remember(folders.window_file)

    def wire(window: MainWindow) -> None:
        from console.ui.desk import Wiring

        room = window.screen().availableGeometry()
        room.setWidth(room.width() // 2)
        if side == "right":
            room.moveLeft(room.left() + room.width())
        window.setGeometry(room)
        Wiring(window, Options(data_dir=data_dir, database=url), remember).start()

    return app.run(remember, wire)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
