"""The bundled typeface: Inter in four weights."""

from PySide6.QtGui import QFontDatabase

from console import paths

FAMILY = "Inter"
WEIGHTS = ("Regular", "Medium", "SemiBold", "Bold")
_loaded: list[int] = []


def load() -> str:
    """The family to draw with, loaded once per process; needs a running QGuiApplication.

    Falls back to the desktop's own family when the files cannot be read, so text always appears.
    """
    if not _loaded:
        _loaded.extend(
            QFontDatabase.addApplicationFont(str(paths.resources() / "fonts" / f"Inter-{weight}.ttf"))
            for weight in WEIGHTS
        )
    if min(_loaded) < 0:
        return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    return FAMILY
