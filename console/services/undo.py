"""Undo: one's own last act taken back within the time to undo, as a recorded compensating act (clause 3.5)."""

from collections.abc import Callable

from console.services import claims, progress, tokens, triage
from console.services.desk import Changed, Desk, Undo

_TAKE_BACK: dict[str, Callable[[Desk, int, str], Changed]] = {
    "begin": lambda desk, id, key: progress.undo_work(desk, "begin", id, key),
    "plan": lambda desk, id, key: progress.undo_work(desk, "plan", id, key),
    "resolve": lambda desk, id, key: progress.undo_work(desk, "resolve", id, key),
    "claim": lambda desk, id, key: claims.release(desk, id, key, seen_owner=desk.actor.login),
    "demotion": lambda desk, id, key: triage.reverse_demotion(desk, id, "", None, key),
    "confirmation": lambda desk, id, key: triage.reverse_confirmation(desk, id, "", None, key),
    "proposal": lambda desk, id, key: triage.withdraw_proposal(desk, id, "", key),
    "determination": triage.undo_determination,
    "purchase": tokens.undo_purchase,
}


def undo(desk: Desk, act: Undo, key: str) -> Changed:
    """What ``act`` did, taken back. Raises ``NotAllowed`` when it is too late or somebody else's.

    A claim can be let go at any time; ``Conflict`` when it is somebody else's by now.
    """
    return _TAKE_BACK[act.act](desk, act.id, key)
