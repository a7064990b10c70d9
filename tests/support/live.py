"""A live window at a shared database, and short words for what its line shows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

from pytestqt.qtbot import QtBot
from sqlalchemy import Connection, event

from console.policy.actor import Actor
from console.policy.facts import NoteWritten
from console.services.desk import Desk
from console.store.engine import open_store
from console.ui.line import State
from tests.support.desks import PRIYA, Office
from tests.support.windows import Shown, window_at


@contextmanager
def live_window(bot: QtBot, at: Office, folder: Path, url: str = "", who: Actor = PRIYA) -> Iterator[Shown]:
    """Somebody's window, its line up; at another ``url`` when one is given."""
    desk = at.at(who)
    with ExitStack() as stack:
        if url:
            desk = Desk(open_store(url), desk.policies, who)
            stack.callback(desk.store.close)
        shown = stack.enter_context(window_at(bot, desk, folder, live=True))
        shown.until(lambda: up(shown))
        yield shown


def bar(shown: Shown) -> str:
    """What the bar under the top bar says."""
    return shown.window.line_bar.text() if shown.window.line_bar.isVisible() else ""


def notice(shown: Shown) -> str:
    """What the bar of the window says."""
    return shown.window.notice.text() if shown.window.notice.isVisible() else ""


def owner(shown: Shown, ticket_id: int) -> str | None:
    """Who holds a ticket, as the list shows it."""
    row = shown.queue.model.held(ticket_id)
    return row.owner if row else None


def lost(shown: Shown) -> bool:
    return shown.wiring.shared.line.state() is State.LOST


def up(shown: Shown) -> bool:
    return shown.wiring.shared.line.state() is State.UP


def desk_of(shown: Shown) -> Desk:
    """The desk of the window."""
    desk = shown.wiring.context.desk
    assert desk is not None
    return desk


def at_commit(shown: Shown, happens: Callable[[], object]) -> None:
    """``happens`` as the window's next transaction is about to commit."""
    event.listen(desk_of(shown).store._engine, "commit", lambda _connection: happens(), once=True)


def hold_acts(desk: Desk) -> Event:
    """Nothing is written at ``desk`` until the event is set; readings go on."""
    may_go_on = Event()

    def wait(connection: Connection) -> None:
        if connection.get_execution_options().get("console_writing"):
            may_go_on.wait(20)

    event.listen(desk.store._engine, "begin", wait)
    return may_go_on


def notes(at: Office, ticket_id: int) -> list[str]:
    """The internal notes of a ticket."""
    with at.desk.store.read() as read:
        facts = [item.fact for item in read.timeline(ticket_id)]
    return [fact.words for fact in facts if isinstance(fact, NoteWritten)]
