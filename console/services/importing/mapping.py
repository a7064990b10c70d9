"""How a file's fields and words become ours: frozen, shown before anything is written, adjusted by making a
new one.
"""

from collections import abc
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from console.policy.errors import Invalid
from console.policy.terms import Channel, Hosting, Priority, SupportOption
from console.services.importing.decoding import ENCODINGS
from console.services.importing.formats import Format
from console.services.importing.instants import DATE_ORDERS, zone
from console.services.importing.records import IMPORTABLE, NAME_LIMIT

#: Our fields, in the order in which a dialog or a help text lists them, with what each holds.
FIELDS: abc.Mapping[str, str] = MappingProxyType(
    {
        "external_id": "the ticket's number or key in the source (required)",
        "account": "the customer's name",
        "hosting": "what the account rents",
        "option": "how the account buys support",
        "requester_name": "who asked",
        "requester_email": "their e-mail address",
        "requester_id": "their number in the source, used when neither name nor address is there",
        "requester_is_administrator": "whether they are an administrator of the account (yes or no)",
        "channel": "how the request came in",
        "priority": "how pressing it is",
        "subject": "the subject",
        "body": "what was asked",
        "opened_at": "when the ticket was opened (required)",
        "status": "where the ticket stands",
        "first_replied_at": "when staff first replied",
        "first_reply_minutes": "minutes from opening to the first reply, when the time itself is not there",
        "begun_at": "when work began",
        "planned_at": "when a plan of resolution was recorded",
        "plan_text": "that plan",
        "resolved_at": "when it was resolved",
        "cancelled_at": "when it was cancelled",
        "updated_at": "its last change: stands in for a time that the status demands",
        "assignee": "who has it",
    }
)

#: A value that leaves its row out, and the pattern for every value that is not named.
LEAVE_OUT = "leave_out"
ANY = "*"

#: Our words for the fields whose values are translated.
WORDS: abc.Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "priority": tuple(Priority),
        "status": tuple(IMPORTABLE),
        "channel": tuple(Channel),
        "hosting": tuple(Hosting),
        "option": tuple(SupportOption),
        "requester_is_administrator": ("yes", "no"),
    }
)
#: Fields for which a default may stand.
DEFAULTABLE = (*WORDS, "account", "requester_name")

Paths = tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """Which source field feeds which of ours, and which of its words means which of ours.

    ``fields``: our field → source paths, of which the first that holds something counts. ``values``: our
    field → {source word: our word}; source words are compared without case; ``5..9`` is a range of numbers,
    ``*`` any other word, and ``leave_out`` in place of our word leaves the row out. ``defaults``: our field
    → the word used when the source says nothing. ``html``: source paths that hold HTML. ``assume_zone``:
    the zone of times that name none (empty: such rows are rejected). ``date_order``: ``dmy`` or ``mdy`` for
    dates with slashes. ``encoding``: see ENCODINGS (empty: found out). Raises Invalid, naming the setting,
    for one that cannot be.
    """

    format: Format
    source: str
    fields: abc.Mapping[str, Paths] = field(default_factory=dict)
    values: abc.Mapping[str, abc.Mapping[str, str]] = field(default_factory=dict)
    defaults: abc.Mapping[str, str] = field(default_factory=dict)
    html: frozenset[str] = frozenset()
    assume_zone: str = ""
    date_order: str = ""
    encoding: str = ""

    def __post_init__(self) -> None:
        self._check()
        frozen = {key: MappingProxyType(_folded_words(words)) for key, words in self.values.items()}
        object.__setattr__(self, "values", MappingProxyType(frozen))
        object.__setattr__(
            self, "fields", MappingProxyType({key: tuple(paths) for key, paths in self.fields.items()})
        )
        object.__setattr__(self, "defaults", MappingProxyType(dict(self.defaults)))

    def with_field(self, name: str, *paths: str) -> "Mapping":
        """The mapping with another source for one of our fields; no path at all: the field stays empty."""
        return replace(self, fields={**self.fields, name: paths})

    def with_value(self, name: str, source_word: str, our_word: str) -> "Mapping":
        """The mapping with another meaning for one source word; an empty ``our_word`` takes the meaning
        away.
        """
        words = {**self.values.get(name, {}), _folded(source_word): our_word}
        return replace(self, values={**self.values, name: {key: word for key, word in words.items() if word}})

    def with_default(self, name: str, our_word: str) -> "Mapping":
        """The mapping with another default; an empty one takes it away."""
        defaults = {**self.defaults, name: our_word}
        return replace(self, defaults={key: word for key, word in defaults.items() if word})

    def with_reading(
        self,
        *,
        assume_zone: str | None = None,
        date_order: str | None = None,
        encoding: str | None = None,
        source: str | None = None,
    ) -> "Mapping":
        """The mapping with other ways of reading; what is not given stays."""
        return replace(
            self,
            assume_zone=self.assume_zone if assume_zone is None else assume_zone,
            date_order=self.date_order if date_order is None else date_order,
            encoding=self.encoding if encoding is None else encoding,
            source=self.source if source is None else source,
        )

    def meaning(self, name: str, source_word: str) -> str | None:
        """Our word for a source word (``leave_out`` included), or None when the mapping does not know it."""
        words = self.values.get(name, {})
        word = _folded(source_word)
        found = words.get(word) or _in_range(words, word) or (word if word in WORDS[name] else None)
        return found or words.get(ANY)

    def _check(self) -> None:
        if not self.source.strip() or len(self.source) > NAME_LIMIT:
            raise Invalid(
                "The mapping's source is empty or too long; name the system that the tickets come from."
            )
        for name in self.fields:
            _one_of("fields", name, FIELDS)
        for name, words in self.values.items():
            _one_of("values", name, WORDS)
            for word in words.values():
                _one_of(f"values.{name}", word, (*WORDS[name], LEAVE_OUT))
        for name, word in self.defaults.items():
            _one_of("defaults", name, DEFAULTABLE)
            if name in WORDS:
                _one_of(f"defaults.{name}", word, WORDS[name])
        if self.assume_zone:
            zone(self.assume_zone)
        if self.date_order:
            _one_of("date_order", self.date_order, DATE_ORDERS)
        if self.encoding:
            _one_of("encoding", self.encoding, ENCODINGS)


def _one_of(where: str, word: str, known: abc.Iterable[str]) -> None:
    if word not in known:
        raise Invalid(
            f"“{word}” cannot stand under {where}; known are {', '.join(known)}.", title="Mapping not valid"
        )


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()


def _folded_words(words: abc.Mapping[str, str]) -> dict[str, str]:
    return {_folded(word): str(ours) for word, ours in words.items()}


def _in_range(words: abc.Mapping[str, str], word: str) -> str | None:
    if not word.isdecimal() or len(word) > 9:
        return None
    number = int(word)
    for pattern, ours in words.items():
        low, dots, high = pattern.partition("..")
        if dots and (not low or number >= int(low)) and (not high or number <= int(high)):
            return ours
    return None
