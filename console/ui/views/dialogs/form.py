"""Dialogs made of fields: each asked under its name, checked when it is left and on Ctrl Enter, kept as a draft."""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from PySide6.QtCore import QDate, QDateTime, QEvent, QObject, Qt, QTime
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QDateEdit, QDateTimeEdit, QLayout, QVBoxLayout, QWidget

from console.policy.errors import Problem
from console.services.desk import Desk
from console.ui.background import Latest
from console.ui.context import Context
from console.ui.drafts import Values
from console.ui.theme import theme
from console.ui.views.dialogs.frame import Dialog
from console.ui.views.dialogs.parts import spread
from console.ui.widgets.fields import CheckBox, ComboBox, Labelled, LineField, TextArea
from console.ui.widgets.tabs import FilterTabs

Check = Callable[[], str]
_QUIET_REASONS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class Asked(Labelled):
    """A field under its name. ``check`` returns what is wrong with it as a sentence, empty when nothing is."""

    def __init__(self, title: str, field: QWidget, check: Check | None = None, *, hint: str = "") -> None:
        super().__init__(title, field, hint=hint)
        self._check = check
        field.installEventFilter(self)
        column = self.layout()
        if isinstance(field, FilterTabs) and column is not None:
            column.setAlignment(field, Qt.AlignmentFlag.AlignLeft)

    def fault(self) -> str:
        """Shows and returns what is wrong; nothing is when the field is not shown."""
        sentence = self._check() if self._check is not None and not self.isHidden() else ""
        self.show_fault(sentence)
        return sentence

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and self._check is not None and isinstance(event, QFocusEvent):
            self._on_focus(event)
        return False

    def _on_focus(self, event: QFocusEvent) -> None:
        if event.lostFocus() and event.reason() not in _QUIET_REASONS:
            self.fault()

    def value(self) -> Any:
        """What stands in the field: text, the data chosen, or yes and no."""
        return value_of(self.field)


def value_of(field: QWidget) -> Any:
    """What stands in a field."""
    if isinstance(field, TextArea):
        return field.toPlainText()
    if isinstance(field, LineField):
        return field.text()
    if isinstance(field, ComboBox):
        return field.currentText() if field.isEditable() else field.currentData()
    if isinstance(field, CheckBox):
        return field.isChecked()
    if isinstance(field, When | Day):
        return field.chosen()
    return field.current() if isinstance(field, FilterTabs) else None


def put(field: QWidget, value: Any) -> None:
    """Puts a draft's value back into a field."""
    if isinstance(field, TextArea):
        field.setPlainText(str(value))
    elif isinstance(field, LineField):
        field.setText(str(value))
    elif isinstance(field, ComboBox) and field.isEditable():
        field.setEditText(str(value))
    elif isinstance(field, ComboBox):
        field.setCurrentIndex(max(0, field.findData(value)))
    elif isinstance(field, CheckBox):
        field.setChecked(bool(value))
    elif isinstance(field, When):
        field.set_instant(datetime.fromisoformat(str(value)))
    elif isinstance(field, Day):
        field.setDate(QDate.fromString(str(value), Qt.DateFormat.ISODate))
    elif isinstance(field, FilterTabs):
        field.choose(str(value))


def bare(field: QDateTimeEdit) -> None:
    """The line inside the field without a frame of its own, its words where those of other fields stand."""
    field.lineEdit().setProperty("bare", True)
    field.lineEdit().setTextMargins(theme().px(7), 0, theme().px(7), 0)


class When(QDateTimeEdit):
    """Day and time of day, typed or stepped, in one zone; ``instant`` is aware UTC."""

    def __init__(self, name: str, zone: tzinfo, at: datetime, *, twelve_hours: bool = True) -> None:
        super().__init__()
        self._zone = zone
        self.setAccessibleName(name)
        bare(self)
        self.setDisplayFormat("ddd d MMM yyyy, h:mm AP" if twelve_hours else "ddd d MMM yyyy, HH:mm")
        self.set_instant(at)
        self._usual = self.instant()

    def set_instant(self, at: datetime) -> None:
        """Shows ``at`` in the field's zone, to the minute."""
        local = at.astimezone(self._zone)
        self.setDateTime(
            QDateTime(QDate(local.year, local.month, local.day), QTime(local.hour, local.minute))
        )

    def instant(self) -> datetime:
        """The instant typed, aware UTC."""
        day, time = self.date(), self.time()
        local = datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(), tzinfo=self._zone)
        return local.astimezone(UTC)

    def chosen(self) -> str:
        """The instant typed in ISO 8601, empty for the one that stood there."""
        return self.instant().isoformat() if self.instant() != self._usual else ""


class Day(QDateEdit):
    """A calendar day, typed or stepped."""

    def __init__(self, name: str, day: date) -> None:
        super().__init__()
        self.setAccessibleName(name)
        bare(self)
        self.setDisplayFormat("d MMM yyyy")
        self.setDate(QDate(day.year, day.month, day.day))
        self._usual = day

    def day(self) -> date:
        """The day typed."""
        shown = self.date()
        return date(shown.year(), shown.month(), shown.day())

    def chosen(self) -> str:
        """The day typed in ISO 8601, empty for the one that stood there."""
        return self.day().isoformat() if self.day() != self._usual else ""


class FormDialog(Dialog):
    """A dialog whose body is a column of fields. ``ask`` adds one; drafts and faults then follow by themselves."""

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
        super().__init__(
            context, parent, name=name, title=title, icon=icon, subject=subject, width=width, height=height
        )
        self._asked: dict[str, Asked] = {}
        self._latest: Latest | None = None
        self._refused = False
        self._preview: Callable[[Desk], Any] | None = None
        self._show_preview: Callable[[Any], object] | None = None
        self.column: QVBoxLayout = spread(self.body.content)

    def ask(
        self,
        name: str,
        title: str,
        field: QWidget,
        check: Check | None = None,
        *,
        hint: str = "",
        into: QLayout | None = None,
    ) -> Asked:
        """Adds a field at the end of the column, or of ``into``; ``name`` names it in the draft."""
        asked = Asked(title, field, check, hint=hint)
        self._asked[name] = asked
        (into if into is not None else self.column).addWidget(asked)
        return asked

    def asked(self, name: str) -> Asked:
        """The field of that name."""
        return self._asked[name]

    def text(self, name: str) -> str:
        """What was typed into a field, without spaces at its ends."""
        return str(self._asked[name].value() or "").strip()

    def values(self) -> Values:
        """Everything typed."""
        return {name: asked.value() for name, asked in self._asked.items() if asked.value()}

    def restore(self, values: Values) -> None:
        """Puts a draft back."""
        for name, value in values.items():
            if name in self._asked:
                put(self._asked[name].field, value)

    def fault(self) -> str:
        """Checks every field; the first that is wrong gets the focus."""
        first = ""
        for asked in self._asked.values():
            sentence = asked.fault()
            if sentence and not first:
                first = sentence
                asked.field.setFocus(Qt.FocusReason.OtherFocusReason)
        return first

    def focus_first(self) -> None:
        """The first field that can be used."""
        for asked in self._asked.values():
            if asked.isVisible() and asked.field.isEnabled():
                asked.field.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def at_least_typed(self, name: str, sentence: str) -> Check:
        """A check that something stands in the field."""
        return lambda: "" if self.text(name) else sentence

    # previews: one at a time, the newest wins

    def preview(self, read: Callable[[Desk], Any], show: Callable[[Any], object]) -> None:
        """Reads in the background and shows the newest answer; a refusal stands at the top and blocks Ctrl Enter."""
        if self._latest is None:
            done, failed = self._on_previewed, self._on_not_previewed
            self._latest = Latest(self.context.read, done, failed, delay_ms=25, parent=self)
        self._preview, self._show_preview = read, show
        self._latest.ask(read)

    def _on_previewed(self, result: Any) -> None:
        if self._refused:
            self._refused = False
            self.say("")
        if self._show_preview is not None:
            self._show_preview(result)

    def _on_not_previewed(self, problem: Problem) -> None:
        self._refused = True
        self.on_no_preview(problem)

    def on_read_anew(self) -> None:
        """A preview that was refused may be none any more."""
        if self._refused and self._preview is not None and self._show_preview is not None:
            self.preview(self._preview, self._show_preview)

    def on_no_preview(self, problem: Problem) -> None:
        """The act would be refused as things stand."""
        self.show_problem(problem)
        self.primary.allow(problem.message)


def reason_check(dialog: FormDialog, name: str, least: int = 20) -> Check:
    """A check that a reason of at least ``least`` characters stands in the field."""

    def check() -> str:
        length = len(dialog.text(name))
        if length >= least:
            return ""
        return f"Say why in at least {least} characters; the reason is kept for good. {length} so far."

    return check
