"""The tables, as SQLAlchemy Core describes them: named constraints, comments, and the uniques that make a credit
happen once. Rules that need more than one row stand in ``guards``.

Core and not the ORM: importing the ORM costs more than the rest of the start, and no object of it would leave the
store anyway. A change here needs a migration; a test compares the two.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from console.policy.deadlines import End, StartEvent
from console.policy.ledger import Contra
from console.policy.terms import (
    Cause,
    Channel,
    EntryKind,
    Hosting,
    Milestone,
    Priority,
    PromiseKind,
    Requester,
    Role,
    Status,
    SupportOption,
)
from console.store.columns import Duration, Instant, Json, Word

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

#: Serial numbers: 64 bits on PostgreSQL, the rowid on SQLite.
_Serial = BigInteger().with_variant(Integer(), "sqlite")

#: Numbers of tickets on PostgreSQL; SQLite, with one writer at a time, takes the next after the last.
FIRST_TICKET = 10001
ticket_number = Sequence("ticket_number", start=FIRST_TICKET, metadata=metadata)


def _one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _flag(name: str, comment: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False, server_default=text("false"), comment=comment)


account = Table(
    "account",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("name", Text, nullable=False),
    Column(
        "name_key", Text, nullable=False, comment="The name without case and in one Unicode form, for finding"
    ),
    Column("hosting", Word(Hosting), nullable=False),
    Column("option", Word(SupportOption), nullable=False),
    Column("users", Integer, nullable=False),
    Column(
        "restricted",
        Boolean,
        nullable=False,
        comment="Administrators keep support to themselves (clause 1.2)",
    ),
    Column("timezone", Text, nullable=False),
    Column(
        "balance", Integer, nullable=False, server_default="0", comment="The sum of the entries (clause 4.4)"
    ),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column(
        "last_hash", LargeBinary(32), nullable=False, comment="Hash of the last entry: the head of the chain"
    ),
    Column(
        "last_at", Instant, comment="When the last entry was recorded; time per account never runs backwards"
    ),
    Column("version", Integer, nullable=False),
    UniqueConstraint("name_key"),
    CheckConstraint("balance >= 0", name="balance_not_negative"),
    CheckConstraint("users >= 0", name="users_not_negative"),
    _one_of("hosting", Hosting),
    _one_of("option", SupportOption),
    comment="Customers of the firm",
)

contact = Table(
    "contact",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("telephone", Text, nullable=False),
    Column("is_administrator", Boolean, nullable=False),
    comment="People at the customers",
)

# SQLite uses a partial index only where the query repeats its condition word for word.
_OPEN = text("is_open = 1")

ticket = Table(
    "ticket",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("hosting", Word(Hosting), nullable=False),
    Column("option", Word(SupportOption), nullable=False),
    Column("priority", Word(Priority), nullable=False),
    Column("asked_priority", Word(Priority), nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("requester", Text, nullable=False),
    Column("requester_kind", Word(Requester), nullable=False),
    Column("subject", Text, nullable=False),
    Column("words", Text, nullable=False, comment="What the customer wrote or said"),
    Column("status", Word(Status), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("opened_at", Instant),
    Column("replied_at", Instant),
    Column("begun_at", Instant),
    Column("planned_at", Instant),
    Column("resolved_at", Instant),
    Column("reopened_at", Instant),
    Column("closed_at", Instant),
    Column("held", Integer, nullable=False, comment="Tokens charged and not credited"),
    Column("confirmation", Json),
    Column("demotion", Json),
    Column("proposal", Json),
    Column("determination", Json),
    Column("plan", Json),
    Column("outcome", Text),
    Column("cause_of_miss", Text),
    Column("merged_into", ForeignKey("ticket.id")),
    Column("version", Integer, nullable=False),
    # Written together with the above so that lists need no other table.
    Column(
        "price", Integer, nullable=False, comment="What the priority costs under the ticket's policy version"
    ),
    Column(
        "credited", Integer, nullable=False, server_default="0", comment="Credits less what was taken back"
    ),
    Column("is_open", Boolean, nullable=False),
    Column("is_free", Boolean, nullable=False),
    Column("next_due_at", Instant, comment="The unmet promise that is due first, late or not"),
    Column("next_milestone", Word(Milestone)),
    Column("next_kind", Word(PromiseKind)),
    Column("next_business", Boolean, nullable=False),
    Column("missed", Text, nullable=False, comment="Milestones whose guarantee was missed, parted by blanks"),
    Column(
        "queue_group", SmallInteger, nullable=False, comment="0 has a deadline, 1 has none, 2 awaits tokens"
    ),
    Column(
        "queue_rank", SmallInteger, nullable=False, comment="Guarantee before goal; awaiting: emergency first"
    ),
    Column("queue_stake", Integer, nullable=False, comment="Minus the tokens held: more tokens come first"),
    Column("proposed", Boolean, nullable=False),
    Column("determined_at", Instant),
    # Written by the journal as facts come in.
    Column("touched_at", Instant, nullable=False),
    _flag("authorised", "The caller authorised the ticket and its price"),
    _flag("callback", "A call back was booked"),
    _flag("noted", "An internal note was written"),
    # A claim is no part of the version: looking after a ticket changes nothing about it.
    Column("owner", Text),
    Column("owner_name", Text, nullable=False, server_default=""),
    Column("lease_until", Instant),
    CheckConstraint("held >= 0", name="held_not_negative"),
    CheckConstraint("price >= 0", name="price_not_negative"),
    CheckConstraint("queue_group IN (0, 1, 2)", name="queue_group_known"),
    _one_of("hosting", Hosting),
    _one_of("option", SupportOption),
    _one_of("priority", Priority),
    _one_of("asked_priority", Priority),
    _one_of("channel", Channel),
    _one_of("requester_kind", Requester),
    _one_of("status", Status),
    _one_of("next_milestone", Milestone),
    _one_of("next_kind", PromiseKind),
    Index("ticket_account_idx", "account_id", "received_at"),
    Index(
        "ticket_queue_idx",
        *("queue_group", "next_due_at", "queue_rank", "queue_stake", "received_at", "id"),
        sqlite_where=_OPEN,
        postgresql_where=text("is_open"),
    ),
    Index(
        "ticket_proposed_idx",
        "next_due_at",
        sqlite_where=text("proposed = 1"),
        postgresql_where=text("proposed"),
    ),
    Index(
        "ticket_determined_idx",
        "determined_at",
        sqlite_where=text("determined_at IS NOT NULL"),
        postgresql_where=text("determined_at IS NOT NULL"),
    ),
    Index(
        "ticket_awaiting_idx",
        "account_id",
        sqlite_where=text("status = 'awaiting_tokens'"),
        postgresql_where=text("status = 'awaiting_tokens'"),
    ),
    comment="Support issues",
)


deadline = Table(
    "deadline",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("milestone", Word(Milestone), nullable=False),
    Column("kind", Word(PromiseKind), nullable=False),
    Column("amount", Duration, nullable=False),
    Column("business", Boolean, nullable=False),
    Column("clause", String(8), nullable=False),
    Column("start", Word(StartEvent), nullable=False),
    Column("counted_from", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("met_at", Instant),
    Column("missed", Boolean, nullable=False),
    Column("credited", Integer, nullable=False),
    Column("ended", Word(End)),
    Column("ended_at", Instant),
    CheckConstraint("credited >= 0", name="credited_not_negative"),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ended_has_instant"),
    _one_of("milestone", Milestone),
    _one_of("kind", PromiseKind),
    _one_of("start", StartEvent),
    _one_of("ended", End),
    Index(
        "deadline_running_idx",
        "due_at",
        sqlite_where=text("met_at IS NULL AND ended IS NULL AND missed = 0"),
        postgresql_where=text("met_at IS NULL AND ended IS NULL AND NOT missed"),
    ),
    Index("deadline_missed_idx", "due_at", sqlite_where=text("missed = 1"), postgresql_where=text("missed")),
    Index("deadline_due_idx", "due_at", "ticket_id"),
    comment="Promises of tickets with their due instants and what became of them",
)

_MISS_CAUSES = "cause IN ('respond_missed', 'begin_missed', 'resolve_or_plan_missed')"
_INVOICED = "kind = 'purchase' AND reference <> ''"

entry = Table(
    "entry",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("seq", Integer, nullable=False, comment="1, 2, 3 … within the account, without gaps"),
    Column("kind", Word(EntryKind), nullable=False),
    Column("cause", Word(Cause), nullable=False),
    Column("clause", String(8), nullable=False),
    Column(
        "tokens",
        Integer,
        nullable=False,
        comment="Change of the account; the contra account changes by minus it",
    ),
    Column("contra", Word(Contra), nullable=False, comment="The firm's side of the entry"),
    Column("balance_after", Integer, nullable=False),
    Column("ticket_id", ForeignKey("ticket.id", deferrable=True, initially="DEFERRED")),
    Column(
        "turn",
        SmallInteger,
        nullable=False,
        comment="How often a miss of the ticket was withdrawn, or the invoice taken back, before",
    ),
    Column("at", Instant, nullable=False, comment="The instant that caused it"),
    Column("recorded_at", Instant, nullable=False, comment="The database's time of writing"),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="Invoice or other reference"),
    Column("reason", Text, nullable=False),
    Column("reverses", ForeignKey("entry.id"), comment="The entry that this one takes back"),
    Column("key", Text, nullable=False, comment="Idempotency: one act writes its entries once"),
    Column("prev_hash", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, comment="SHA-256 over this entry and prev_hash"),
    UniqueConstraint("account_id", "seq"),
    UniqueConstraint("key"),
    CheckConstraint("balance_after >= 0", name="balance_not_negative"),
    CheckConstraint("seq > 0", name="seq_positive"),
    CheckConstraint(
        "(kind = 'purchase' AND tokens > 0) OR (kind = 'charge' AND tokens < 0) OR (kind = 'credit' AND tokens > 0)"
        " OR (kind = 'refund' AND tokens < 0) OR (kind IN ('adjustment', 'reversal') AND tokens <> 0)",
        name="sign_by_kind",
    ),
    CheckConstraint(
        "(kind IN ('purchase', 'refund', 'adjustment') AND contra = 'sold' AND ticket_id IS NULL)"
        " OR (kind IN ('charge', 'credit') AND contra = 'used' AND ticket_id IS NOT NULL)"
        " OR (kind = 'reversal' AND (contra = 'used') = (ticket_id IS NOT NULL))",
        name="contra_by_kind",
    ),
    _one_of("kind", EntryKind),
    _one_of("cause", Cause),
    _one_of("contra", Contra),
    Index("entry_ticket_idx", "ticket_id", "cause"),
    Index(
        "entry_reverses_key",
        "reverses",
        unique=True,
        sqlite_where=text("reverses IS NOT NULL"),
        postgresql_where=text("reverses IS NOT NULL"),
    ),
    Index("entry_recorded_idx", "account_id", "recorded_at"),
    Index(
        "entry_miss_once_key",
        *("ticket_id", "cause", "turn"),
        unique=True,
        sqlite_where=text(f"kind = 'credit' AND {_MISS_CAUSES}"),
        postgresql_where=text(f"kind = 'credit' AND {_MISS_CAUSES}"),
    ),
    Index(
        "entry_invoice_key",
        *("account_id", "reference", "turn"),
        unique=True,
        sqlite_where=text(_INVOICED),
        postgresql_where=text(_INVOICED),
    ),
    comment="The token ledger: append only, both legs of an entry in one row",
)

fact = Table(
    "fact",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False, comment="The instant at which it counts"),
    Column("recorded_at", Instant, nullable=False, comment="The database's time of writing"),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("ticket_id", ForeignKey("ticket.id", deferrable=True, initially="DEFERRED")),
    Column("account_id", ForeignKey("account.id", deferrable=True, initially="DEFERRED")),
    Column("data", Json, nullable=False),
    _one_of("role", Role),
    Index("fact_ticket_idx", "ticket_id", "number"),
    Index("fact_account_idx", "account_id", "number"),
    comment="The journal: append only, numbered in the order of commits",
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("last", BigInteger, nullable=False),
    comment="Last numbers given; the row's lock makes the order of numbers the order of commits",
)

request = Table(
    "request",
    metadata,
    Column("key", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("result", Json, comment="NULL while the act is under way"),
    Column("at", Instant, nullable=False),
    comment="Acts already carried out, by the key made before they were sent",
)

person = Table(
    "person",
    metadata,
    Column("login", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("on_shift", Boolean, nullable=False),
    comment="The People list",
)

person_role = Table(
    "person_role",
    metadata,
    Column("login", ForeignKey("person.login"), primary_key=True),
    Column("role", Word(Role), primary_key=True),
    _one_of("role", Role),
    comment="Who may do what (policy §7)",
)

policy_version = Table(
    "policy_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("added_by", Text, nullable=False),
    comment="Policy documents; a ticket keeps the version it was opened under",
)

import_source = Table(
    "import_source",
    metadata,
    Column("source", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False),
    comment="Where imported tickets came from; a second import adds nothing",
)

setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    comment="Facts about this database, such as its label as a sample",
)


least_console = Table(
    "least_console",
    metadata,
    Column("act", String(5), primary_key=True),
    Column("schema_number", Integer, nullable=False),
    Column("version", String(40), nullable=False),
    CheckConstraint("act IN ('read', 'write')", name="act"),
    CheckConstraint("schema_number > 0", name="schema"),
    comment="The oldest console that may read this database, and the oldest that may write to it",
)
