"""What the window asks of each of its pages."""

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from console.ui.actions import Commands, Handler, Reason

Hints = tuple[tuple[str, str], ...]
#: Who carries out which command, and why it cannot be done now.
Hands = dict[str, tuple[Handler, Reason | None]]


class Page(QWidget):
    """A screen inside the window. Override what differs; emit ``told`` when title, count, status or keys changed."""

    told = Signal()
    #: The part over which a toast stands, when it is not the whole page.
    toast_over: QWidget | None = None

    def title(self) -> str:
        """Shown large in the top bar."""
        return ""

    def count_text(self) -> str:
        """Beside the title: "38 open"."""
        return ""

    def search_placeholder(self) -> str:
        """What can be searched here; an empty text hides the field."""
        return "Search"

    def status_text(self) -> str:
        """In the status bar after the database: "1 of 38 selected"."""
        return ""

    def hints(self) -> Hints:
        """The keys that do something now, with their words."""
        return ()

    def activated(self, item: str) -> None:
        """The page came to the front by the rail's ``item``."""

    def left(self) -> None:
        """Another page came to the front."""

    def search(self, text: str) -> None:
        """What stands in the search field now."""

    def focus_first(self) -> None:
        """Gives the focus to the page's main part."""
        self.setFocus()

    def why_not_close(self) -> str:
        """Why the window has to stay open for a moment, in a sentence; empty when it can close."""
        return ""

    def toast_room(self) -> QRect:
        """The part over which a toast stands: the list, not what a person may be writing beside it."""
        over = self.toast_over
        return self.rect() if over is None or not over.isVisible() else over.geometry()

    def panes(self) -> tuple[QWidget, ...]:
        """The parts that F6 goes round."""
        return ()


class BorrowingPage(Page):
    """A screen that carries out some of the window's commands itself while it is in front."""

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._give_back: Handler | None = None

    def hands(self) -> Hands:
        """The commands that are this page's while it is in front."""
        return {}

    def in_front(self) -> bool:
        """Whether the page is the one that is shown."""
        return self._give_back is not None

    def activated(self, item: str) -> None:  # noqa: ARG002  (the same whatever led here)
        if self._give_back is None:
            self._give_back = self._commands.borrow(self.hands())

    def left(self) -> None:
        if self._give_back is not None:
            self._give_back()
            self._give_back = None
