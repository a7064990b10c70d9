"""Who keeps others waiting at a shared database; a supervisor or an administrator ends such a session here."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.policy.errors import Problem
from console.policy.terms import Role
from console.services import server
from console.services.server import Holder
from console.ui.context import Context
from console.ui.theme import theme
from console.ui.views.dialogs.frame import Dialog
from console.ui.views.dialogs.parts import IconLine, spread
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card
from console.ui.widgets.columns import empty
from console.ui.widgets.labels import CaptionLabel, PlainLabel

NOBODY = "Nobody keeps anybody waiting."
_LOOKING = "Looking…"
_MAY_NOT = "Only a supervisor or an administrator can end somebody's session."
_UNDER_WAY = "A session is being ended"


class HoldersDialog(Dialog):
    """A card for each session that keeps others waiting, the longest first, as it was when last looked."""

    def __init__(self, context: Context, parent: QWidget | None) -> None:
        super().__init__(
            context, parent, name="holders", title="Who keeps others waiting", icon="hourglass", width=600
        )
        self.primary.set_text("Look again")
        self.cancel_button.set_text("Close")
        column = spread(self.body.content)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(theme().px(8))
        self._state = PlainLabel(_LOOKING, "plain", "text2")
        self._warning = IconLine("info", "What was not saved in a session is undone when it is ended.")
        for part in (self._state, self._warning):
            column.addWidget(part)
        column.insertLayout(0, self._cards)
        column.addStretch(1)
        self._warning.hide()
        self.ready()
        self._look()

    def holders(self) -> list["HolderCard"]:
        """The cards shown."""
        return self.body.content.findChildren(HolderCard, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def state(self) -> str:
        """What is said where there are no cards, empty when there are some."""
        return "" if self._state.isHidden() else self._state.text()

    def focus_first(self) -> None:
        """Looking again is what cannot hurt."""
        self.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def commit(self) -> None:
        """Looks again."""
        if self.primary.isEnabled():
            self.say("")
            self._look()

    def _look(self) -> None:
        self.context.read(server.holders, self._on_found, self._on_not_found, owner=self)

    def _on_found(self, found: Sequence[Holder]) -> None:
        empty(self._cards)
        against = self._why_not_end()
        for holder in found:
            card = HolderCard(holder, self._in_words(holder))
            card.end.allow(against)
            card.end.clicked.connect(partial(self._end, holder))
            self._cards.addWidget(card)
        self._state.setText(NOBODY)
        self._state.setVisible(not found)
        self._warning.setVisible(bool(found) and not against)
        self.focus_first()
        self._fit_soon()

    def _on_not_found(self, problem: Problem) -> None:
        self._state.hide()
        self.show_problem(problem)

    def _in_words(self, holder: Holder) -> str:
        return holder.in_words(lambda at: self.context.times.when(at, self.now))

    def _why_not_end(self) -> str:
        desk = self.context.desk
        may = desk is not None and desk.may(Role.SUPERVISOR, Role.ADMINISTRATOR)
        return "" if may else _MAY_NOT

    # ending

    def _end(self, holder: Holder) -> None:
        for card in self.holders():
            card.end.allow(_UNDER_WAY)
        work = partial(server.end, pid=holder.pid)
        self.context.read(work, self._on_ended, self._on_not_ended, owner=self)

    def _on_ended(self, words: str) -> None:
        self.say(words, tone="met")
        self._look()

    def _on_not_ended(self, problem: Problem) -> None:
        self.show_problem(problem)
        self._look()


class HolderCard(Card):
    """Whose session it is, since when, and what waits for it; ``end`` is the button."""

    def __init__(self, holder: Holder, words: str) -> None:
        super().__init__("plain", padding=12)
        self.end = Button("End this session", icon="ban", compact=True)
        waits = (
            "It writes: acts on the same tickets and accounts wait."
            if holder.writing
            else "It only reads: nothing but an upgrade waits for it."
        )
        said = QVBoxLayout()
        said.setSpacing(theme().px(2))
        said.addWidget(PlainLabel(words, "strong", wrap=True))
        said.addWidget(CaptionLabel(f"Login {holder.login}. {waits}", wrap=True))
        line = QHBoxLayout()
        line.setSpacing(theme().px(12))
        line.addLayout(said, 1)
        line.addWidget(self.end, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(line)
        self.end.setAccessibleName(f"End this session: {words}")
        self.setAccessibleName(words)
