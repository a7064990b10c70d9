"""Who else is at a ticket, in words: looking, writing, or away from their desk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from console.ui import format as fmt

if TYPE_CHECKING:
    from console.services.feed import Presence

#: Somebody who did nothing for so long is away.
AWAY = timedelta(minutes=2)


def is_away(presence: Presence) -> bool:
    """Whether the person has left their desk, as far as one can tell."""
    return presence.idle > AWAY


def doing(presence: Presence) -> str:
    """``"is also looking at this, not editing"``, ``"is writing"``, ``"has this open, away 14 min"``."""
    if is_away(presence):
        return f"has this open, away {' '.join(fmt.time_late(presence.idle).split()[:2])}"
    return "is writing" if presence.writing else "is also looking at this, not editing"


def icon(presence: Presence) -> str:
    """A pencil for whoever writes, an eye for whoever looks."""
    return "pencil-line" if presence.writing and not is_away(presence) else "eye"


def viewers(present: Iterable[Presence]) -> str:
    """``"Priya, Sam"``: first names for a narrow cell, the writing ones first."""
    ordered = sorted(present, key=lambda each: (not each.writing, each.name))
    return ", ".join(dict.fromkeys(each.name.split()[0] for each in ordered))


def spoken(present: Iterable[Presence]) -> str:
    """``"Priya looking, Sam writing"`` for a screen reader."""
    return ", ".join(
        f"{each.name.split()[0]} {'away' if is_away(each) else 'writing' if each.writing else 'looking'}"
        for each in present
    )
