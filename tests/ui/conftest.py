"""The window's tests: one application, dressed as the program dresses it, light and at 100 % before each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from console.ui.theme import Appearance, theme

_NO_SCREEN = tuple(
    f"This plugin does not support {what}"
    for what in ("propagateSizeHints", "raise", "grabbing the keyboard")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the offscreen platform says of every window and popup that is shown; it means nothing."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore(*_NO_SCREEN))


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application with its theme installed, once for the process."""
    theme().recall(Appearance.LIGHT, 1.0)
    theme().install(qapp)
    return qapp


@pytest.fixture(autouse=True)
def look(dressed: QApplication) -> Iterator[QApplication]:
    """Every test starts light and at 100 %."""
    if theme().shown is not Appearance.LIGHT or theme().scale != 1.0:
        theme().recall(Appearance.LIGHT, 1.0)
        theme().choose(Appearance.LIGHT)
    yield dressed
    if theme().shown is not Appearance.LIGHT or theme().scale != 1.0:
        theme().recall(Appearance.LIGHT, 1.0)
        theme().choose(Appearance.LIGHT)
