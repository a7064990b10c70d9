"""The classification dialog: demote, confirm or mark free, with what changes computed by what will do it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from console.policy.errors import Conflict, Problem, TooFewTokens
from console.services import triage
from console.services.desk import Changed, Desk, Preview
from console.services.telling import headline
from console.services.ticket_view import TicketView, ticket_view
from console.ui.background import Latest
from console.ui.context import Context
from console.ui.drafts import Values
from console.ui.theme import theme
from console.ui.views.before_after import BeforeAfter
from console.ui.views.dialogs import classify_words as words
from console.ui.views.dialogs.classify_words import CONFIRM, DEMOTE, FREE
from console.ui.views.dialogs.criteria import Category, Criteria
from console.ui.views.dialogs.form import Asked
from console.ui.views.dialogs.frame import Dialog, Work
from console.ui.views.dialogs.parts import IconLine, Upright, spread
from console.ui.views.why import Why, WhyCard, WhyPanel, WhyPopover, message_panel, why_of
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import row
from console.ui.widgets.fields import TextArea
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.messages import Action
from console.ui.widgets.outcome import OutcomeGroup
from console.ui.widgets.pills import Pill, Urgency

LEAST, MOST = 20, 1000
_STACK_BELOW = 840


class ClassifyDialog(Dialog):
    """900 × 612; opened by D, M or F with that outcome chosen."""

    def __init__(
        self, context: Context, parent: QWidget | None, ticket_id: int, outcome: str = DEMOTE
    ) -> None:
        super().__init__(
            context, parent, name="classify", title=f"Classify {ticket_id}", icon="scale",
            subject=ticket_id, width=900, height=612,
        )  # fmt: skip
        self.ticket_id = ticket_id
        self._first_outcome = outcome
        self._view: TicketView | None = None
        self._preview: Preview | None = None
        self._flash = False
        self._was_first = self._refused = False
        done, failed = self._on_preview, self._on_no_preview
        self._latest = Latest(context.read, done, failed, delay_ms=0, parent=self)
        self._build_head()
        self._build_body()
        self.primary.allow("Reading the ticket")
        self.read_first(self._find, self._on_read)

    # building

    def _build_head(self) -> None:
        self._clock = Pill(Urgency.TODAY, "", self)
        self._clock.hide()
        self.head_slot.addWidget(self._clock)
        self._and_begin = Button("Confirm and begin")
        self._and_begin.clicked.connect(self._on_and_begin)
        self._and_begin.hide()
        self.add_button(self._and_begin, "Ctrl+Shift+Return")
        self._begin_keys = [
            self._shortcut(f"Ctrl+Shift+{key}", self._on_and_begin) for key in ("Return", "Enter")
        ]
        self.show_hints((("D", ""), ("M", ""), ("F", "outcome"), ("W", "why this time")))

    def _build_body(self) -> None:
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.body.content)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(0)
        self._left = self._left_side()
        self._right = self._right_side()
        self._upright = Upright()
        self._columns.addWidget(self._left)
        self._columns.addWidget(self._upright)
        self._columns.addWidget(self._right, 1)

    def _left_side(self) -> QWidget:
        side = QWidget()
        column = spread(side, margins=(20, 14, 16, 12), spacing=6)
        self._outcomes = OutcomeGroup(name="Outcome")
        for name, key in ((DEMOTE, "D"), (CONFIRM, "M"), (FREE, "F")):
            title, caption = words.CAPTIONS.get(name) or words.free_caption(decides=False)
            self._outcomes.add(name, title, caption, key)
        self._criteria = Criteria()
        self._criteria.changed.connect(self._on_criteria)
        self._category = Category()
        self._hint = IconLine("triangle-alert", ink="soon_text")
        self._text = TextArea(name="Reason", longest=MOST, lines=3)
        self._reason = Asked("Reason the customer will read", self._text, self._short_reason)
        column.addWidget(PlainLabel("Outcome", "caption_strong", "text2"))
        column.addWidget(self._outcomes)
        column.addSpacing(theme().px(4))
        column.addWidget(self._criteria)
        column.addWidget(self._category)
        column.addWidget(self._hint)
        column.addSpacing(theme().px(2))
        column.addWidget(self._reason, 1)
        self._outcomes.chosen.connect(self._on_chosen)
        return side

    def _right_side(self) -> QWidget:
        side = QWidget()
        column = spread(side, margins=(20, 14, 20, 12), spacing=10)
        self._unsaved = CaptionLabel("Nothing is saved yet")
        column.addLayout(row(PlainLabel("What changes", "section"), None, self._unsaved))
        self._table = BeforeAfter()
        self._why = WhyCard()
        self._why.hide()
        self._told = IconLine("send")
        self._undo = IconLine("undo-2")
        for part in (self._table, self._why, self._told, self._undo):
            column.addWidget(part)
        column.addStretch(1)
        return side

    def arrange(self, width: int) -> None:
        """Side by side where there is room for both, else what changes comes below."""
        stacked = width < theme().px(_STACK_BELOW)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(way)
        self._upright.setVisible(not stacked)
        self._left.setMinimumWidth(0 if stacked else theme().px(403))
        self._left.setMaximumWidth(16_777_215 if stacked else theme().px(403))

    def focus_first(self) -> None:
        """Where this outcome's own work begins."""
        if self._outcomes.current() == CONFIRM:
            self._criteria.focus_first()
        elif self._outcomes.current() == FREE:
            self._category.field.setFocus()
        else:
            self._text.setFocus()

    # reading

    def _find(self, desk: Desk) -> TicketView:
        return ticket_view(desk, self.ticket_id)

    def _on_read(self, view: TicketView) -> None:
        first, self._view = self._view is None, view
        if first:
            self._fill(view)
        else:
            self._flash = True
            self._note_change(view)
        self._allow_outcomes()
        self._show_outcome()
        if first:
            self.ready()

    def _fill(self, view: TicketView) -> None:
        self.show_title(f"Classify {view.ticket.id}", words.subtitle(view.ticket))
        lists = view.policy.lists
        last = self._outcomes.card(FREE)
        self._criteria.show_lists(lists.mission_critical, lists.not_mission_critical, last)
        self._category.show_list(lists.free)
        if view.ticket.proposal is not None:
            self._category.choose(view.ticket.proposal.category)
        self._outcomes.choose(self._first_outcome)
        self._clock.show()
        self.on_tick()

    def _note_change(self, view: TicketView) -> None:
        if view.timeline:
            last = view.timeline[-1]
            at = self.context.times.when(last.recorded_at, self.now)
            self.say(f"{headline(last)} at {at}. What changes is computed again.", icon="refresh-cw")

    def _deciding(self) -> bool:
        assert self._view is not None
        return words.decides(self._view.ticket, self.actor, self._view.policy)

    def _allow_outcomes(self) -> None:
        assert self._view is not None
        ticket, policy = self._view.ticket, self._view.policy
        reasons = {name: words.why_not(name, ticket, self.actor, policy) for name in words.OUTCOMES}
        self._outcomes.card(FREE).show_words(*words.free_caption(decides=self._deciding()))
        for name, reason in reasons.items():
            self._outcomes.card(name).allow(reason)
        possible = [name for name in words.OUTCOMES if not reasons[name]]
        if reasons[self._outcomes.current() or DEMOTE] and possible and not self._text.toPlainText():
            self._outcomes.choose(possible[0])

    # what is chosen

    def _on_chosen(self, _outcome: object) -> None:
        if self._view is not None:
            self._was_first = False
            self.say("")
            self._show_outcome()

    def _show_outcome(self) -> None:
        assert self._view is not None
        view, outcome, deciding = self._view, self._outcomes.current(), self._deciding()
        self._criteria.setVisible(outcome != FREE)
        self._criteria.show_fault("")
        self._category.setVisible(outcome == FREE)
        self._reason.show_title(self._reason_title(outcome, deciding=deciding))
        self._reason.show_fault("")
        self._table.show_after_title(words.heading(outcome, deciding=deciding))
        self._told.say(words.told(outcome, view.ticket, deciding=deciding))
        self._undo.say(words.undo_rule(outcome, view.policy, deciding=deciding))
        self._on_criteria()
        begun = view.ticket.begun_at is not None or view.ticket.is_awaiting
        self._and_begin.setVisible(outcome == CONFIRM and not begun)
        self._allow_commit()
        self._ask_preview()
        self.fit()

    def _reason_title(self, outcome: str, *, deciding: bool) -> str:
        if outcome == CONFIRM:
            return "Reason, one line (optional)"
        if outcome == DEMOTE:
            return "Reason the customer will read"
        if not deciding:
            return "What makes it ours?"
        return "Reason for overturning" if self._overturns() else "Line for the record (optional)"

    def _overturns(self) -> bool:
        return self._view is not None and self._view.ticket.determination is not None

    def _needs_reason(self) -> bool:
        outcome = self._outcomes.current()
        return outcome == DEMOTE or (outcome == FREE and (not self._deciding() or self._overturns()))

    def _on_criteria(self) -> None:
        outcome = self._outcomes.current()
        critical, ordinary = self._criteria.ticked_words()
        self._hint.say(words.mismatch(outcome, critical, ordinary))

    # the preview

    def _ask_preview(self) -> None:
        outcome = self._outcomes.current()
        if not outcome:
            return
        number, deciding = self.ticket_id, self._deciding()
        self._latest.ask(lambda desk: _previewed(desk, number, outcome, deciding=deciding))

    def _on_preview(self, preview: Preview) -> None:
        assert self._view is not None
        self._preview = preview
        if self._refused:
            self._refused = False
            self.say("")
        outcome, deciding = self._outcomes.current(), self._deciding()
        proposed = outcome == FREE and not deciding
        self._table.show_changes(
            words.rows(outcome, preview, self.context.times), dimmed=proposed, flash=self._flash
        )
        self._flash = False
        self.primary.set_text(words.button(outcome, preview, deciding=deciding))
        sentence, tone = words.banner(
            outcome, self._view.ticket, preview, self.context.times, deciding=deciding
        )
        if sentence and not self.said():
            self.say(sentence, tone=tone, icon="info" if tone == "quiet" else None)
        self._show_why(preview)
        self._allow_commit()
        self.fit()

    def _on_no_preview(self, problem: Problem) -> None:
        self._preview = None
        if not self._was_first:
            self._refused = True
            self.show_problem(problem)
        self.primary.allow(problem.message)

    def _allow_commit(self) -> None:
        assert self._view is not None
        outcome = self._outcomes.current()
        reason = words.why_not(outcome, self._view.ticket, self.actor, self._view.policy)
        self.primary.allow(reason)
        self._and_begin.allow(reason)
        self.primary.set_text(words.button(outcome, self._preview, deciding=self._deciding()))

    def _show_why(self, preview: Preview) -> None:
        why = self._asked_about(preview)
        self._why.setVisible(why is not None and why.deadline.met_at is None)
        if why is not None:
            later = [
                (each.due_at, "plan by")
                for each in preview.after.counting
                if each is not why.deadline and each.is_open and each.due_at > why.deadline.due_at
            ]
            self._why.show_why(why, self.context.times, later)

    def _asked_about(self, preview: Preview) -> Why | None:
        running = [deadline for deadline in preview.after.counting if deadline.is_open]
        if not running:
            return None
        ticket = preview.after
        return why_of(ticket.id, ticket.priority, running[0], preview.policy, preview.at)

    def show_popover(self) -> WhyPopover | None:
        """Why this time (W), for the first deadline that runs after the act."""
        if self._preview is None:
            return None
        why = self._asked_about(self._preview)
        if why is None:
            panel = message_panel("Nothing is due", "No promise of this ticket runs.")
        else:
            panel = WhyPanel(why, self.context.times)
        popover = WhyPopover(panel, self)
        popover.open_at(self._why if self._why.isVisible() else self._table)
        return popover

    # committing

    def values(self) -> Values:
        """Reason, criteria, category."""
        return {
            "reason": self._text.toPlainText(),
            "criteria": self._criteria.ticked(),
            "category": self._chosen(),
        }

    def _chosen(self) -> str:
        return self._category.chosen()

    def restore(self, values: Values) -> None:
        """Puts the draft back."""
        self._text.setPlainText(str(values.get("reason", "")))
        ticked = values.get("criteria")
        if isinstance(ticked, tuple):
            self._criteria.tick(ticked)
        self._category.choose(str(values.get("category", "")))

    def fault(self) -> str:
        """A missing criterion, category or reason."""
        outcome, reason = self._outcomes.current(), self._reason_fault()
        if outcome == CONFIRM:
            return self._criteria.fault() or reason
        if outcome == FREE:
            return self._category.fault(required=not self._deciding()) or reason
        return reason

    def _short_reason(self) -> str:
        """On leaving the field: said only when something stands in it."""
        length = len(self._text.toPlainText().strip())
        return _too_short(length) if length and self._needs_reason() and length < LEAST else ""

    def _reason_fault(self) -> str:
        length = len(self._text.toPlainText().strip())
        sentence = ""
        if self._needs_reason() and length < LEAST:
            sentence = _too_short(length)
        self._reason.show_fault(sentence)
        if sentence:
            self._text.setFocus()
        return sentence

    def work(self) -> Work | None:
        """The act chosen, with what was typed."""
        return self._work(and_begin=False)

    def _work(self, *, and_begin: bool) -> Work | None:
        if self._view is None:
            return None
        number, version = self.ticket_id, self._view.ticket.version
        criteria, reason, category = self._criteria.ticked(), self._text.toPlainText(), self._chosen()
        outcome = self._outcomes.current()
        if outcome == DEMOTE:
            return lambda desk, key: triage.demote(desk, number, criteria, reason, version, key)
        if outcome == CONFIRM:
            act = triage.confirm_and_begin if and_begin else triage.confirm
            return lambda desk, key: act(desk, number, criteria, reason, version, key)
        if self._deciding():
            return lambda desk, key: triage.determine(desk, number, True, category, reason, version, key)
        return lambda desk, key: triage.propose_free(desk, number, category, reason, version, key)

    def _on_and_begin(self) -> None:
        if not self._and_begin.isVisible() or not self._and_begin.isEnabled() or self.saving():
            return
        work = self._work(and_begin=True)
        if work is not None and not self.fault():
            self.carry_out(work)

    # what happens meanwhile

    def on_tick(self) -> None:
        """The chip keeps counting."""
        if self._view is not None:
            shown = words.clock(self._view.ticket, self._view.policy, self.now)
            self._clock.show_state(*shown)

    def on_changed(self, changed: Changed) -> None:
        """The ticket or its account moved: compute again, keep the text, say what happened."""
        if self._view is None:
            return
        if self.ticket_id in changed.tickets:
            self.context.read(self._find, self._on_read, self.show_problem, owner=self)
        elif self._view.ticket.account_id in changed.accounts:
            self._flash = True
            self._ask_preview()

    def on_read_anew(self) -> None:
        """A preview that was refused may be none any more."""
        if self._refused:
            self._ask_preview()

    def on_refused(self, problem: Problem) -> Sequence[Action]:
        """Somebody was first: look, or close. Too few tokens: record a purchase and come back."""
        if isinstance(problem, Conflict):
            self._was_first = True
            self._reread_quietly()
            return (("See what was decided", self._on_look), ("Close", self.reject))
        if isinstance(problem, TooFewTokens) and self._view is not None:
            return (("Record purchase", self._on_purchase),)
        return super().on_refused(problem)

    def _reread_quietly(self) -> None:
        def again(view: TicketView) -> None:
            self._view = view
            self._flash = True
            self._allow_outcomes()
            self._allow_commit()
            self._ask_preview()

        self.context.read(self._find, again, owner=self)

    def _on_look(self) -> None:
        self.context.open_ticket(self.ticket_id)
        self.reject()

    def _on_purchase(self) -> None:
        assert self._view is not None
        account = self._view.ticket.account_id
        self.context.open_dialog("purchase", account_id=account, ticket_id=self.ticket_id, parent=self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        letter = event.text().upper()
        if event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            if letter in ("D", "M", "F") and letter:
                self._outcomes.choose_by_key(letter)
                return
            if letter == "W":
                self.show_popover()
                return
        super().keyPressEvent(event)


def _too_short(length: int) -> str:
    return f"Say why in at least {LEAST} characters; the reason is kept for good. {length} so far."


def _previewed(desk: Desk, number: int, outcome: str, *, deciding: bool) -> Preview:
    """The decision by the function that will carry it out; a proposal shows what a manager's yes would do."""
    if outcome == DEMOTE:
        return triage.preview_demotion(desk, number)
    if outcome == CONFIRM:
        return triage.preview_confirmation(desk, number)
    if deciding:
        return triage.preview_determination(desk, number, free=True)
    triage.preview_proposal(desk, number)
    return triage.preview_if_free(desk, number)
