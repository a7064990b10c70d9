"""A page that is made when it is first visited, so that the window stands before its code is loaded."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.ui.page import Hints, Page


class Place(Page):
    """Stands for a page until then, and passes everything on to it."""

    def __init__(self, make: Callable[[], Page]) -> None:
        super().__init__()
        self._make = make
        self._page: Page | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def page(self) -> Page:
        """The page itself, made now if it was not."""
        if self._page is None:
            self._page = self._make()
            self._page.told.connect(self.told)
            self._column.addWidget(self._page)
        return self._page

    def title(self) -> str:
        return self.page().title()

    def count_text(self) -> str:
        return self.page().count_text()

    def search_placeholder(self) -> str:
        return self.page().search_placeholder()

    def status_text(self) -> str:
        return self.page().status_text()

    def hints(self) -> Hints:
        return self.page().hints()

    def activated(self, item: str) -> None:
        self.page().activated(item)

    def left(self) -> None:
        self.page().left()

    def search(self, text: str) -> None:
        self.page().search(text)

    def focus_first(self) -> None:
        self.page().focus_first()

    def panes(self) -> tuple[QWidget, ...]:
        return self.page().panes()
