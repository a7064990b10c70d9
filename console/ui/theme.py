"""Colours, type and measures of the window, read from the one token file.

Light, dark and high contrast; or whichever of them the desktop asks for.

``theme()`` is the only theme of the process. Ask ``theme().color("missed")``, ``theme().font("body")`` and
``theme().px(12)`` at paint time: nothing needs a restart; ``theme().changed`` says when to measure again.
"""

import re
import tomllib
from enum import StrEnum
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from console import paths
from console.ui import fonts

SMALLEST_SCALE, LARGEST_SCALE = 0.8, 2.0


class Appearance(StrEnum):
    """What a person may choose; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


@cache
def tokens() -> dict[str, dict[str, Any]]:
    """The token file: one table per appearance, and ``type``."""
    return tomllib.loads((paths.resources() / "style" / "tokens.toml").read_text(encoding="utf-8"))


class Theme(QObject):
    """The look now in force; ``changed`` follows a change of appearance, text size or typeface."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choice = Appearance.SYSTEM
        self._shown = Appearance.LIGHT
        self._scale = 1.0
        self._family = ""
        self._system_font = False
        self._colors: dict[str, QColor] = {}
        self._fonts: dict[tuple[str, int | None], QFont] = {}
        self._metrics: dict[tuple[str, int | None], QFontMetrics] = {}
        self.reduced_motion = False
        self._colors = _colors_of(self._shown)

    # what drawing asks

    def color(self, token: str) -> QColor:
        """The token's colour in the appearance shown. KeyError for a name that the token file lacks."""
        return self._colors[token]

    def faint(self, token: str, alpha: float) -> QColor:
        """The token's colour at ``alpha`` (0 to 1): scrims and hatches."""
        color = QColor(self._colors[token])
        color.setAlphaF(alpha)
        return color

    def font(self, role: str = "body", weight: int | None = None) -> QFont:
        """The cached font of a type role (``[type]`` in the token file), with tabular figures."""
        key = (role, weight)
        if key not in self._fonts:
            self._fonts[key] = self._made_font(role, weight)
        return self._fonts[key]

    def metrics(self, role: str = "body", weight: int | None = None) -> QFontMetrics:
        """Cached metrics of ``font(role, weight)``."""
        key = (role, weight)
        if key not in self._metrics:
            self._metrics[key] = QFontMetrics(self.font(role, weight))
        return self._metrics[key]

    def px(self, measure: float) -> int:
        """A measure given at text size 100 %, in pixels at the size in force."""
        return round(measure * self._scale)

    @property
    def shown(self) -> Appearance:
        """LIGHT, DARK or CONTRAST: what is on screen."""
        return self._shown

    @property
    def choice(self) -> Appearance:
        """What the person chose; may be SYSTEM."""
        return self._choice

    @property
    def scale(self) -> float:
        """Text size: 1.0 is 100 %."""
        return self._scale

    @property
    def line_width(self) -> int:
        """Width of plain borders: 2 px in high contrast, else 1."""
        return 2 if self._shown is Appearance.CONTRAST else 1

    # what changes it

    def install(self, app: QApplication) -> None:
        """Fusion, the bundled font, palette and style sheet on ``app``; follows the desktop from now on."""
        app.setStyle("Fusion")
        self._family = fonts.load()
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self._on_scheme_changed)
        hints.accessibility().contrastPreferenceChanged.connect(self._on_scheme_changed)
        self._apply()

    def recall(self, appearance: Appearance, scale: float) -> None:
        """What a person chose last time; takes effect with ``install``."""
        self._choice = appearance
        self._scale = min(LARGEST_SCALE, max(SMALLEST_SCALE, scale))

    def choose(self, appearance: Appearance) -> None:
        """Show this appearance from now on."""
        self._choice = appearance
        self._apply()

    def set_scale(self, scale: float) -> None:
        """Text size, held between 80 % and 200 %."""
        self._scale = min(LARGEST_SCALE, max(SMALLEST_SCALE, scale))
        self._apply()

    def use_system_font(self, system: bool) -> None:
        """Draw with the desktop's family instead of Inter."""
        self._system_font = system
        self._apply()

    def _on_scheme_changed(self) -> None:
        if self._choice is Appearance.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        self._shown = _resolved(self._choice)
        self._colors = _colors_of(self._shown)
        self._fonts.clear()
        self._metrics.clear()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(self._palette())
            app.setFont(self.font("body"))
            app.setStyleSheet(self._sheet())
        self.changed.emit()

    def _made_font(self, role: str, weight: int | None) -> QFont:
        size, usual, tracking = tokens()["type"][role]
        font = QFont(self._family_now())
        font.setPixelSize(max(1, self.px(size)))
        font.setWeight(QFont.Weight(weight or usual))
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, tracking * self._scale)
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def _family_now(self) -> str:
        if self._system_font or not self._family:
            return QGuiApplication.font().family()
        return self._family

    def _sheet(self) -> str:
        def put(found: re.Match[str]) -> str:
            name = found.group(1)
            if name == "bpx":
                return f"{self.line_width}px"
            if name == "fpx":
                return "2px"
            if name.endswith("px"):
                return f"{self.px(int(name[:-2]))}px"
            return self._colors[name].name()

        sheet = (paths.resources() / "style" / "console.qss").read_text(encoding="utf-8")
        return re.sub(r"@(\w+)", put, _without_comments(sheet))

    def _palette(self) -> QPalette:
        palette = QPalette()
        for role, token in _PALETTE.items():
            palette.setColor(role, self._colors[token])
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self._colors["text_disabled"])
        inactive = QPalette.ColorGroup.Inactive
        palette.setColor(inactive, QPalette.ColorRole.Highlight, self._colors["selected_inactive"])
        return palette


_ROLE = QPalette.ColorRole
_PALETTE = {
    _ROLE.Window: "window",
    _ROLE.WindowText: "text",
    _ROLE.Base: "surface",
    _ROLE.AlternateBase: "sunken",
    _ROLE.Text: "text",
    _ROLE.PlaceholderText: "text3",
    _ROLE.Button: "surface",
    _ROLE.ButtonText: "text",
    _ROLE.BrightText: "missed_text",
    _ROLE.Highlight: "selected",
    _ROLE.HighlightedText: "text",
    _ROLE.Accent: "accent",
    _ROLE.Link: "link",
    _ROLE.LinkVisited: "link",
    _ROLE.ToolTipBase: "raised",
    _ROLE.ToolTipText: "text",
    _ROLE.Light: "raised",
    _ROLE.Midlight: "hover",
    _ROLE.Mid: "line",
    _ROLE.Dark: "line_strong",
    _ROLE.Shadow: "scrim",
}


def _colors_of(appearance: Appearance) -> dict[str, QColor]:
    return {name: QColor(value) for name, value in tokens()[appearance.value].items()}


def _resolved(choice: Appearance) -> Appearance:
    if choice is not Appearance.SYSTEM:
        return choice
    app = QGuiApplication.instance()
    if not isinstance(app, QGuiApplication):
        return Appearance.LIGHT
    hints = app.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return Appearance.CONTRAST
    return Appearance.DARK if hints.colorScheme() == Qt.ColorScheme.Dark else Appearance.LIGHT


def _without_comments(sheet: str) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)


@cache
def theme() -> Theme:
    """The theme of this process."""
    return Theme()
