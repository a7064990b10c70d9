"""Every command of the window, once: menus, palette, key list and tooltips are all made from here.

Screens give commands their hands with ``commands.handle("begin", self.begin, self.why_not_begin)``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from console.ui.widgets.paint import key_text

Handler = Callable[[], object]
Reason = Callable[[], str]

MENUS = ("File", "Edit", "View", "Ticket", "Account", "Summary", "People", "Go", "Help")
NOT_HERE = "Not available on this screen"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its words, its menu, its key ("Ctrl+K", "G, Q", "N"), its icon. ``again`` starts a menu section."""

    id: str
    title: str
    menu: str
    key: str = ""
    icon: str | None = None
    again: bool = False

    @property
    def is_letter(self) -> bool:
        """Whether its key, or the first of a chord, is typed without Ctrl or Alt: such keys can be switched off."""
        first = self.key.split(",")[0].strip()
        return len(first) == 1 or first.startswith("Shift+")


def _commands() -> Iterable[Command]:
    new = Command
    yield new("new_ticket", "New ticket…", "File", "Ctrl+N", "plus")
    yield new("callback", "Log a callback…", "File", "Ctrl+Shift+N", "phone-call")
    yield new("import", "Import tickets…", "File", "", "upload", again=True)
    yield new("export", "Export…", "File", "Ctrl+E", "download")
    yield new("backup", "Back up now…", "File", "", "save")
    yield new("sample", "Open the sample data", "File", "", "database")
    yield new("choose_database", "Choose database…", "File", "", "database")
    yield new("holders", "Who keeps others waiting…", "File", "", "hourglass")
    yield new("preferences", "Preferences…", "File", "Ctrl+,", "settings", again=True)
    yield new("quit", "Quit", "File", "Ctrl+Q", "log-out", again=True)
    yield new("undo", "Undo my last act", "Edit", "Ctrl+Z", "undo-2")
    yield new("copy_number", "Copy ticket number", "Edit", "Ctrl+Shift+C", "copy")
    yield new("select_row", "Select row", "Edit", "X", "square-check", again=True)
    yield new("select_all", "Select all in view", "Edit", "Ctrl+A")
    yield new("search", "Search or filter", "Edit", "/", "search", again=True)
    yield new("strip", "Deadline strip", "View", "", "chart-column")
    yield new("ticket_pane", "Ticket pane", "View", "Ctrl+\\", "panel-right")
    yield new("zone", "My zone or Eastern", "View", "Z", "clock")
    yield new("density", "Row density", "View", "", "rows-3")
    yield new("larger", "Larger text", "View", "Ctrl++", again=True)
    yield new("smaller", "Smaller text", "View", "Ctrl+-")
    yield new("usual_size", "Usual text size", "View", "Ctrl+0")
    yield new("look_system", "Follow the system", "View", "", "monitor", again=True)
    yield new("look_light", "Light", "View", "", "sun")
    yield new("look_dark", "Dark", "View", "", "moon")
    yield new("look_contrast", "High contrast", "View", "", "contrast")
    yield new("menu_bar", "Menu bar", "View", "F10", again=True)
    yield new("refresh", "Read again now", "View", "F5", "refresh-cw")
    yield new("take_next", "Take next", "Ticket", "N", "arrow-down-to-line")
    yield new("begin", "Begin work", "Ticket", "B", "play")
    yield new("begin_earlier", "Began earlier…", "Ticket", "", "clock")
    yield new("reply", "Reply…", "Ticket", "Y", "reply")
    yield new("plan", "Send plan…", "Ticket", "P", "file-check")
    yield new("resolve", "Resolve…", "Ticket", "R", "circle-check")
    yield new("claim", "Claim", "Ticket", "C", "hand", again=True)
    yield new("release", "Release", "Ticket", "U")
    yield new("note", "Internal note", "Ticket", "E", "pencil-line")
    yield new("demote", "Demote emergency…", "Ticket", "D", "arrow-down-narrow-wide", again=True)
    yield new("confirm", "Confirm mission critical…", "Ticket", "M", "shield-check")
    yield new("mark_free", "Mark free…", "Ticket", "F", "gift")
    yield new("reverse", "Reverse the classification…", "Ticket", "", "undo-2")
    yield new("determine_free", "Determination: free issue", "Ticket", "1", "gavel")
    yield new("determine_tokens", "Determination: needs tokens", "Ticket", "2", "coins")
    yield new("determine_ask", "Determination: ask the proposer", "Ticket", "3", "reply")
    yield new("change_priority", "Change priority…", "Ticket", "Ctrl+Shift+P", "chevrons-up", again=True)
    yield new("why", "Why this time?", "Ticket", "W", "info")
    yield new("cause", "Cause of the miss…", "Ticket", "", "circle-alert")
    yield new("reopen", "Reopen…", "Ticket", "", "rotate-ccw")
    yield new("merge", "Merge…", "Ticket", "", "git-merge")
    yield new("cancel_ticket", "Cancel ticket…", "Ticket", "", "ban")
    yield new("own_window", "Open in its own window", "Ticket", "O", "external-link", again=True)
    yield new("next", "Next", "Ticket", "J", "chevron-down")
    yield new("previous", "Previous", "Ticket", "K", "chevron-up")
    yield new("purchase", "Record purchase…", "Account", "", "shopping-cart")
    yield new("adjust", "Adjust…", "Account", "", "scale")
    yield new("refund", "Refund…", "Account", "", "banknote-arrow-down")
    yield new("print_statement", "Print statement…", "Account", "Ctrl+P", "printer", again=True)
    yield new("edit_account", "Edit account…", "Account", "", "pencil-line")
    yield new("earlier", "Previous period", "Summary", "[", "chevron-left")
    yield new("later", "Next period", "Summary", "]", "chevron-right")
    yield new("chart_table", "Chart or table", "Summary", "T", "table")
    yield new("pdf", "Save as PDF…", "Summary", "", "file-text")
    yield new("person_add", "Add person…", "People", "Ins", "user-plus")
    yield new("person_change", "Change roles…", "People", "", "key-round")
    yield new("person_shift", "On or off shift", "People", "", "clock")
    yield new("person_remove", "Remove person…", "People", "Del", "ban")
    yield new("check", "Check the books", "People", "", "list-checks", again=True)
    yield new("look_over", "Look over roles and guards", "People", "", "shield-check")
    yield new("go_queue", "Queue", "Go", "G, Q", "layers")
    yield new("go_mine", "Mine", "Go", "G, M", "user-round")
    yield new("go_unclaimed", "Unclaimed", "Go", "G, U", "hand")
    yield new("go_determinations", "Determinations", "Go", "G, D", "gavel")
    yield new("go_accounts", "Accounts", "Go", "G, A", "wallet")
    yield new("go_breach", "Breach summary", "Go", "G, B", "chart-column")
    yield new("go_people", "People", "Go", "G, P", "users")
    yield new("next_pane", "Next pane", "Go", "F6", again=True)
    yield new("previous_pane", "Previous pane", "Go", "Shift+F6")
    yield new("toast", "Go to the message", "Go", "F8")
    yield new("palette", "Commands", "Help", "Ctrl+K", "command")
    yield new("keys", "All keys", "Help", "?", "keyboard")
    yield new("policy", "The policy", "Help", "F1", "file-text")
    yield new("folders", "Open the data folder", "Help", "", "folder-open", again=True)
    yield new("about", "About Support Console", "Help", "", "life-buoy")


#: What changes the database; nothing of it can be done while the database cannot be written.
CHANGING = frozenset(
    {
        "new_ticket", "callback", "import", "undo", "take_next", "begin", "begin_earlier", "reply", "plan", "resolve",
        "claim", "release", "demote", "confirm", "mark_free", "reverse", "determine_free", "determine_tokens",
        "determine_ask", "change_priority", "cause", "reopen", "merge", "cancel_ticket", "purchase", "adjust", "refund",
        "edit_account", "person_add", "person_change", "person_shift", "person_remove",
    }
)  # fmt: skip

#: What only administrators have: for anybody else it is not there at all.
ADMINISTRATION = frozenset(
    {"person_add", "person_change", "person_shift", "person_remove", "check", "look_over", "go_people"}
)


class Commands(QObject):
    """The registry. ``changed`` when commands or keys changed; ``refused`` carries why one did nothing."""

    changed = Signal()
    refused = Signal(object)
    ran = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands = {command.id: command for command in _commands()}
        self._handlers: dict[str, Handler] = {}
        self._reasons: dict[str, Reason] = {}
        self._letters = True
        self._bar = ""
        self._left_out: frozenset[str] = frozenset()

    def all(self) -> tuple[Command, ...]:
        """Every command that is there, in menu order."""
        return tuple(command for command in self._commands.values() if self.has(command.id))

    def with_left_out(self) -> tuple[Command, ...]:
        """Those that are left out as well."""
        return tuple(self._commands.values())

    def has(self, name: str) -> bool:
        """Whether the command is there for this person."""
        return name not in self._left_out

    def leave_out(self, names: frozenset[str]) -> None:
        """Exactly these commands are not there: in no menu, palette or list of keys."""
        self._left_out = names
        self.changed.emit()

    def get(self, name: str) -> Command:
        """The command of that id. KeyError for an unknown one."""
        return self._commands[name]

    def add(self, command: Command) -> None:
        """One more command: a saved view, an administrator's area."""
        self._commands[command.id] = command
        self.changed.emit()

    def handle(self, name: str, handler: Handler, reason: Reason | None = None) -> None:
        """Who carries it out; ``reason`` says why it cannot be done now, empty when it can. The last one wins."""
        if name not in self._commands:
            raise KeyError(name)
        self._handlers[name] = handler
        if reason is None:
            self._reasons.pop(name, None)
        else:
            self._reasons[name] = reason

    def borrow(self, hands: Mapping[str, tuple[Handler, Reason | None]]) -> Handler:
        """Other hands for some commands while a page is in front; what is returned gives them back as they were."""
        before = {name: (self._handlers.get(name), self._reasons.get(name)) for name in hands}
        for name, (handler, reason) in hands.items():
            self.handle(name, handler, reason)

        def give_back() -> None:
            for name, (handler, reason) in before.items():
                if handler is None:
                    self.release(name)
                else:
                    self.handle(name, handler, reason)

        return give_back

    def release(self, name: str) -> None:
        """Nobody carries it out any more."""
        self._handlers.pop(name, None)
        self._reasons.pop(name, None)

    def reason(self, name: str) -> str:
        """Why the command cannot be done now; empty when it can."""
        if name not in self._handlers or not self.has(name):
            return NOT_HERE
        if self._bar and name in CHANGING:
            return self._bar
        return self._reasons[name]() if name in self._reasons else ""

    def bar(self, reason: str) -> None:
        """Nothing that changes the database can be done, for this reason; an empty one lets it be done again."""
        self._bar = reason

    def run(self, name: str) -> bool:
        """Carries it out; False, and ``refused`` with the reason, when it cannot be done now."""
        reason = self.reason(name)
        if reason:
            self.refused.emit(reason)
            return False
        self._handlers[name]()
        self.ran.emit(name)
        return True

    def key(self, name: str) -> str:
        """The key as it is printed, empty when it has none or letters are switched off."""
        return key_text(self.sequence(name))

    def sequence(self, name: str) -> str:
        """The key as Qt reads it."""
        command = self._commands[name]
        return "" if command.is_letter and not self._letters else command.key

    def tooltip(self, name: str) -> str:
        """``"Begin work  B"``."""
        words = self._commands[name].title.rstrip("…")
        return f"{words}  {self.key(name)}".rstrip()

    def use_letters(self, *, on: bool) -> None:
        """Single letters and chords as keys, or not."""
        self._letters = on
        self.changed.emit()

    def set_key(self, name: str, key: str) -> str:
        """Another key; returns the title of the command that has it already, and then changes nothing."""
        wanted = QKeySequence(key).toString()
        for other in self._commands.values():
            if wanted and other.id != name and QKeySequence(other.key).toString() == wanted:
                return other.title
        self._commands[name] = replace(self._commands[name], key=wanted)
        self.changed.emit()
        return ""
