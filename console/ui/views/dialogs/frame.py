"""The frame that all dialogs share: head, message, scrolling body, foot; and how every one of them behaves.

Ctrl Enter commits, Esc cancels and keeps what was typed, the focus returns to the opener, a refusal stands at the
top with the text kept, and nothing is said twice: what was done is told by the toast of the window. What was sent is
not sent again before its answer is there, not even by a dialog that is opened anew with the same draft.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from console.policy.actor import Actor
from console.policy.errors import Conflict, NotAllowed, Problem, TooFewTokens, Unavailable
from console.services.desk import Changed, Desk
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.drafts import Key, Values
from console.ui.theme import theme
from console.ui.toast import announce
from console.ui.views.dialogs.foot import Foot
from console.ui.views.dialogs.frameless import Frameless
from console.ui.views.dialogs.parts import Body, Scrim
from console.ui.widgets.buttons import Button, IconButton
from console.ui.widgets.cards import Rule
from console.ui.widgets.labels import ElidedLabel, IconLabel
from console.ui.widgets.messages import Action, MessageBar

T = TypeVar("T")
Hints = tuple[tuple[str, str], ...]
Work = Callable[[Desk, str], Changed]

_SAVING = "Saving…"
_ASKED = "The database is asked what became of it; until then it is not sent again."
_SINCE = "What stands here now was not sent."
_SIZES: dict[str, QSize] = {}
"""The size that a person gave a dialog, by its name, until the console closes."""


class Dialog(Frameless):
    """A dialog of the console. Subclasses fill ``body``, say what Ctrl Enter does, and what to keep as a draft.

    ``name`` is the dialog's word in the registry, ``subject`` the ticket or account it is about: together they name
    its draft. ``width`` is in px at text size 100 %.
    """

    def __init__(
        self,
        context: Context,
        parent: QWidget | None,
        *,
        name: str,
        title: str,
        icon: str,
        subject: object = None,
        width: int = 520,
        height: int = 0,
    ) -> None:
        super().__init__(parent)
        self.context = context
        self.name = name
        self.subject = subject
        self._database = context.database
        self._wanted = (width, height)
        self._opener = QApplication.focusWidget()
        self._scrim: Scrim | None = None
        self._saving = False
        self._done = False
        self._said = ""
        self._unread: Callable[[], object] | None = None
        self._fitting = self._was_ready = False
        self._kept_height = 0
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._build(icon)
        self.show_title(title)
        self._shortcuts = [self._shortcut(keys, self.commit) for keys in ("Ctrl+Return", "Ctrl+Enter")]
        theme().changed.connect(self._on_theme_changed)
        context.heartbeat.tick.connect(self._on_tick)
        context.signals.changed.connect(self._on_changed)
        context.signals.barred.connect(self._on_barred)
        context.signals.under_way.connect(self._on_under_way)
        context.signals.read_again.connect(self._on_read_anew)
        context.signals.desk_opened.connect(self._on_desk)

    @property
    def actor(self) -> Actor:
        """Who is signed in."""
        assert self.context.desk is not None
        return self.context.desk.actor

    @property
    def now(self) -> datetime:
        """The database's clock."""
        return self.context.heartbeat.now()

    # building

    def _build(self, icon: str) -> None:
        self._icon = IconLabel(icon, "link", 20)
        self._title = ElidedLabel("", "title_small")
        self._subtitle = ElidedLabel("", "caption", "text2")
        self.head_slot = QHBoxLayout()
        self._close = IconButton("x", "Close", key="Esc")
        self._close.clicked.connect(self.reject)
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._message = MessageBar("missed")
        self._message.hide()
        self.body = Body()
        self.body.content.installEventFilter(self)
        self._foot = Foot()
        self.cancel_button, self.primary = self._foot.cancel, self._foot.primary
        self.cancel_button.clicked.connect(self.reject)
        self.primary.clicked.connect(self.commit)
        self._hold(self.primary)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self._head())
        column.addWidget(Rule())
        column.addWidget(self._above())
        column.addWidget(self.body, 1)
        column.addWidget(Rule())
        column.addWidget(self._foot)

    def _head(self) -> QWidget:
        px = theme().px
        head = QWidget()
        words = QVBoxLayout()
        words.setSpacing(px(1))
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        line = QHBoxLayout(head)
        line.setContentsMargins(px(20), px(12), px(12), px(12))
        line.setSpacing(px(12))
        line.addWidget(self._icon)
        line.addLayout(words, 1)
        line.addLayout(self.head_slot)
        line.addWidget(self._close)
        head.installEventFilter(self)
        self._handle = head
        return head

    def _above(self) -> QWidget:
        self._above_box = QWidget()
        column = QVBoxLayout(self._above_box)
        column.setContentsMargins(theme().px(20), theme().px(12), theme().px(20), 0)
        column.addWidget(self._message)
        self._above_box.hide()
        return self._above_box

    def _shortcut(self, keys: str, act: Callable[[], object]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(act)
        return shortcut

    # what subclasses say

    def show_title(self, title: str, subtitle: str = "") -> None:
        """The head's two lines."""
        self.setWindowTitle(title)
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))

    def show_hints(self, hints: Hints) -> None:
        """Keys that do something here, at the left of the foot."""
        self._foot.hints.show_hints(hints)

    def add_button(self, button: Button, key: str = "") -> None:
        """A further button left of Cancel; ``key`` is printed on it."""
        self._hold(button)
        self._foot.add(button, key)

    def _hold(self, button: Button) -> None:
        """Why nothing can be saved now, or is not sent a second time."""
        button.bar(self.context.barred)
        button.wait(self.context.waits(self.draft_key()))

    def values(self) -> Values:
        """What a person typed and would not like to lose."""
        return {}

    def restore(self, values: Values) -> None:
        """Puts a draft back."""

    def stands(self) -> object:
        """What stands here, to be told from what was sent: more than ``values`` where not all of it is a draft."""
        return self.values()

    def fault(self) -> str:
        """Shows what is wrong with the fields under them and returns the first sentence; empty when all is well."""
        return ""

    def work(self) -> Work | None:
        """What Ctrl Enter does, with all that was typed read now (on the UI thread); None when there is nothing."""
        return None

    def on_tick(self) -> None:
        """Once every heartbeat: countdowns."""

    def on_changed(self, changed: Changed) -> None:
        """Something changed, here or on another desk."""

    def on_read_anew(self) -> None:
        """The database is read anew, as when the line is back."""

    def on_saved(self, changed: Changed) -> None:
        """It was done; the dialog closes next."""

    def on_refused(self, problem: Problem) -> Sequence[Action]:
        """What can be done about a refusal, as buttons beside its sentence."""
        if not isinstance(problem, Unavailable):
            return ()
        ways = self.context.ways_out(problem, self)
        if self.context.is_under_way(self.draft_key()):
            return ways
        return (("Try again", self._unread or self.commit), *ways)

    # messages

    def show_problem(self, problem: Problem) -> None:
        """The problem at the top, with its clause and its ways out; what was typed stays."""
        clause = f" (Clause {problem.clause})" if problem.clause else ""
        tone = "soon" if isinstance(problem, Unavailable | Conflict) else "missed"
        icon = "cloud-off" if isinstance(problem, Unavailable) else "circle-x"
        if isinstance(problem, Conflict):
            icon = "triangle-alert"
        words = fmt.problem_words(problem, self.context.times, self.now)
        self.say(f"{words}{clause}", tone=tone, icon=icon, actions=self.on_refused(problem))
        announce(self, words, assertive=isinstance(problem, TooFewTokens | NotAllowed))

    def say(
        self, text: str, *, tone: str = "info", icon: str | None = None, actions: Sequence[Action] = ()
    ) -> None:
        """A sentence above the body; an empty one takes it away."""
        self._message.show_message(text, tone=tone, icon=icon, actions=actions)
        self._above_box.setVisible(bool(text))
        self._said = text
        self.fit()

    def said(self) -> str:
        """The sentence above the body, empty when there is none."""
        return self._said

    # opening and closing

    def read_first(self, work: Callable[[Desk], T], done: Callable[[T], object]) -> None:
        """Hands ``done`` what the dialog is about; what cannot be read is read once it can be, or on *Try again*."""

        def failed(problem: Problem) -> None:
            self._unread = partial(self.read_first, work, done)
            self.show_problem(problem)

        if self._unread is not None:
            self._unread = None
            self.say("")
        self.context.read(work, done, failed, owner=self)

    def draft_key(self) -> Key:
        """What names the draft: the database, the dialog and its subject."""
        return (self._database, self.name, self.subject)

    def open(self) -> None:
        """Shows the dialog over its window, with the shade behind it."""
        parent = self.parentWidget()
        if parent is not None:
            self._scrim = Scrim(parent.window())
        self.fit()
        super().open()
        self._foot.order()
        self.activateWindow()

    def ready(self) -> None:
        """Call when the body is filled: the draft comes back, the size is found, the first field gets the focus."""
        self._was_ready = True
        kept = self.context.drafts.find(self.draft_key())
        if kept:
            self.restore(kept)
        self._follow()
        self.fit()
        QTimer.singleShot(0, self, self._on_ready)

    def _on_ready(self) -> None:
        if not self._done and not self.body.content.isAncestorOf(QApplication.focusWidget() or self):
            self.focus_first()
        self.fit()  # scrolled before it has its room, it would stay scrolled
        focused = QApplication.focusWidget()
        if not self._done and focused is not None and self.body.content.isAncestorOf(focused):
            self.body.ensureWidgetVisible(focused, 0, theme().px(24))

    def focus_first(self) -> None:
        """Gives the focus to where work begins."""
        self.body.content.setFocus()

    def fit(self) -> None:
        """The size that the content wants, held inside the window or screen, centred."""
        if self._done:
            return
        room = self._room()
        px = theme().px
        width = min(px(self._wanted[0]), room.width() - px(16))
        size = _SIZES.get(self.name)
        if size is not None:
            width = min(size.width(), room.width() - px(16))
        self.arrange(width)
        self._foot.fit(width)
        around = sum(_height(part, width - 2) for part in (self._handle, self._above_box, self._foot))
        wanted = around + 4 + self.body.wanted_height(width - 2)
        kept = self._kept_height if self.isVisible() else (size.height() if size else 0)
        height = min(max(wanted, px(self._wanted[1]), kept), room.height() - px(16))
        self._kept_height = height
        place = QRect(QPoint(0, 0), QSize(width, height))
        place.moveCenter(room.center())
        self.setGeometry(place)

    def arrange(self, width: int) -> None:
        """The body for this width in pixels: columns side by side, or one above the other."""

    def _room(self) -> QRect:
        parent = self.parentWidget()
        if parent is None or not parent.window().isVisible():
            return self.screen().availableGeometry()
        window = parent.window()
        return QRect(window.mapToGlobal(QPoint(0, 0)), window.size())

    def done(self, result: int) -> None:
        """Keeps or forgets the draft, takes the shade away, gives the focus back."""
        if self._saving:
            return
        self._done = True
        if result == QDialog.DialogCode.Accepted:
            self.context.drafts.forget(self.draft_key())
        elif self._was_ready:
            self.context.drafts.keep(self.draft_key(), self.values())
        self._drop_scrim()
        super().done(result)
        opener = self._opener
        if opener is not None and isValid(opener) and opener.isVisible():
            opener.window().activateWindow()
            opener.setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        if not self.isVisible():
            self._drop_scrim()

    def _drop_scrim(self) -> None:
        if self._scrim is not None and isValid(self._scrim):
            self._scrim.hide()
            self._scrim.deleteLater()
        self._scrim = None

    # committing

    def commit(self) -> None:
        """Checks the fields, then carries the act out in the background; a refusal leaves everything as it is."""
        if self._saving or self._done or not self.primary.isEnabled():
            return
        wrong = self.fault()
        if wrong:
            announce(self, wrong, assertive=True)
            return
        work = self.work()
        if work is not None:
            self.carry_out(work)

    def carry_out(self, work: Work) -> None:
        """Runs ``work`` under the name of the draft, so that pressing twice happens once."""
        about, sent = self.draft_key(), self.values()
        task = self.context.act(
            work,
            once=about,
            what=self.windowTitle(),
            saved=partial(self.context.drafts.sent, about, sent),
            done=partial(self._on_done, self.stands()),
            failed=self._on_failed,
            owner=self,
        )
        if task is None:
            return
        self._saving = True
        self._label = self.primary.text()
        QTimer.singleShot(300, self, self._on_slow)
        task.finished.connect(self._on_task_over)

    def saving(self) -> bool:
        """Whether an act is under way."""
        return self._saving

    def _on_slow(self) -> None:
        if self._saving:
            self.primary.set_text(_SAVING)

    def _on_task_over(self) -> None:
        if not isValid(self) or self._done:
            return
        self._saving = False
        if self.primary.text() == _SAVING:
            self.primary.set_text(self._label)

    def _on_done(self, sent: object, changed: Changed) -> None:
        """It was saved: closes, unless its answer came late and something else than was ``sent`` stands here by now."""
        if self._done:
            return
        in_time, self._saving = self._saving, False
        if in_time or self.stands() == sent:
            self.on_saved(changed)
            self.accept()
        else:
            self.say(f"Saved: {changed.words} {_SINCE}", tone="soon")

    def _on_failed(self, problem: Problem) -> None:
        if isValid(self) and not self._done:
            self.show_problem(problem)

    def _follow(self) -> None:
        """Hears the answer that a dialog of the same draft did not get before it was closed."""
        about, shown = self.draft_key(), self.stands()

        def done(changed: Changed) -> None:
            was_sent = not self.context.drafts.find(about)
            self._on_done(shown if was_sent else None, changed)

        if self.context.follow(about, done, self._on_failed, self):
            self.say(f"{self.context.waits(about)}. {_ASKED}", tone="soon", icon="cloud-off")

    # events

    def _on_tick(self, _now: object) -> None:
        self.on_tick()

    def _on_changed(self, changed: object) -> None:
        if isinstance(changed, Changed) and not self._saving and not self._done:
            self.on_changed(changed)

    def _on_read_anew(self) -> None:
        if self._unread is not None:
            self._unread()
        elif not self._done:
            self.on_read_anew()

    def _on_barred(self, reason: str) -> None:
        """Nothing can be saved now: the buttons say why. What was typed stays."""
        for button in self._foot.acting():
            button.bar(reason)

    def _on_under_way(self) -> None:
        """It was sent, or its answer is there."""
        for button in self._foot.acting():
            button.wait(self.context.waits(self.draft_key()))

    def _on_desk(self, _desk: object) -> None:
        """Another database: what the dialog is about is not there. What was typed waits for its own."""
        if not self._done:
            self._saving = False
            self.reject()

    def _on_theme_changed(self) -> None:
        self.update()
        self._kept_height = 0
        self._fit_soon()

    def _fit_soon(self) -> None:
        if not self._fitting:
            self._fitting = True
            QTimer.singleShot(0, self, self._on_fit)

    def _on_fit(self) -> None:
        self._fitting = False
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.commit()
            event.accept()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """The head moves the window; the frame itself has no title bar. A body that grows gets its room."""
        if watched is self.body.content and event.type() == QEvent.Type.LayoutRequest:
            self._fit_soon()
        if watched is self._handle and event.type() == QEvent.Type.MouseButtonPress:
            self.windowHandle().startSystemMove()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if QApplication.mouseButtons() is Qt.MouseButton.LeftButton and self.isVisible():
            _SIZES[self.name] = self.size()


def _height(part: QWidget, width: int) -> int:
    if part.isHidden():
        return 0
    return part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()
