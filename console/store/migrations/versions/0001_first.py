"""The first schema: accounts, tickets, deadlines, the ledger, the journal, and the rules that guard them."""

import sqlalchemy as sa
from alembic import op

from console.store.columns import Duration, Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _tables()
    op.execute("INSERT INTO counter (name, last) VALUES ('journal', 0)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE ticket_number START 10001")
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """The entries of an empty journal and ledger go with their tables."""
    for table in (
        *(
            "import_source",
            "fact",
            "entry",
            "deadline",
            "contact",
            "request",
            "counter",
            "person_role",
            "person",
        ),
        *("policy_version", "setting", "ticket", "account"),
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE ticket_number")
        op.execute("DROP FUNCTION entry_guard(), refuse_change()")


def _tables() -> None:
    op.create_table(
        "account",
        sa.Column("id", Serial, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "name_key",
            sa.Text(),
            nullable=False,
            comment="The name without case and in one Unicode form, for finding",
        ),
        sa.Column("hosting", sa.String(length=9), nullable=False),
        sa.Column("option", sa.String(length=24), nullable=False),
        sa.Column("users", sa.Integer(), nullable=False),
        sa.Column(
            "restricted",
            sa.Boolean(),
            nullable=False,
            comment="Administrators keep support to themselves (clause 1.2)",
        ),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column(
            "balance",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="The sum of the entries (clause 4.4)",
        ),
        sa.Column("last_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "last_hash",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="Hash of the last entry: the head of the chain",
        ),
        sa.Column(
            "last_at",
            Instant(),
            nullable=True,
            comment="When the last entry was recorded; time per account never runs backwards",
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "hosting IN ('shared', 'dedicated', 'platform')", name=op.f("account_hosting_known")
        ),
        sa.CheckConstraint(
            "option IN ('flat_rate_users', 'flat_rate_administrators', 'tokens')",
            name=op.f("account_option_known"),
        ),
        sa.CheckConstraint("balance >= 0", name=op.f("account_balance_not_negative")),
        sa.CheckConstraint("users >= 0", name=op.f("account_users_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("account_pk")),
        sa.UniqueConstraint("name_key", name=op.f("account_name_key_key")),
        comment="Customers of the firm",
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("counter_pk")),
        comment="Last numbers given; the row's lock makes the order of numbers the order of commits",
    )
    op.create_table(
        "person",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on_shift", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("person_pk")),
        comment="The People list",
    )
    op.create_table(
        "policy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("policy_version_pk")),
        comment="Policy documents; a ticket keeps the version it was opened under",
    )
    op.create_table(
        "request",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("result", Json, nullable=True, comment="NULL while the act is under way"),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("request_pk")),
        comment="Acts already carried out, by the key made before they were sent",
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("setting_pk")),
        comment="Facts about this database, such as its label as a sample",
    )
    op.create_table(
        "contact",
        sa.Column("id", Serial, nullable=False),
        sa.Column("account_id", Serial, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("contact_account_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("contact_pk")),
        comment="People at the customers",
    )
    op.create_index(op.f("contact_account_id_idx"), "contact", ["account_id"], unique=False)
    op.create_table(
        "person_role",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=13), nullable=False),
        sa.CheckConstraint(
            "role IN ('agent', 'manager', 'supervisor', 'administrator', 'system', 'customer')",
            name=op.f("person_role_role_known"),
        ),
        sa.ForeignKeyConstraint(["login"], ["person.login"], name=op.f("person_role_login_fk")),
        sa.PrimaryKeyConstraint("login", "role", name=op.f("person_role_pk")),
        comment="Who may do what (policy §7)",
    )
    op.create_table(
        "ticket",
        sa.Column("id", Serial, autoincrement=False, nullable=False),
        sa.Column("account_id", Serial, nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("hosting", sa.String(length=9), nullable=False),
        sa.Column("option", sa.String(length=24), nullable=False),
        sa.Column("priority", sa.String(length=13), nullable=False),
        sa.Column("asked_priority", sa.String(length=13), nullable=False),
        sa.Column("channel", sa.String(length=9), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("requester_kind", sa.String(length=13), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="What the customer wrote or said"),
        sa.Column("status", sa.String(length=15), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("replied_at", Instant(), nullable=True),
        sa.Column("begun_at", Instant(), nullable=True),
        sa.Column("planned_at", Instant(), nullable=True),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("reopened_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("held", sa.Integer(), nullable=False, comment="Tokens charged and not credited"),
        sa.Column("confirmation", Json, nullable=True),
        sa.Column("demotion", Json, nullable=True),
        sa.Column("proposal", Json, nullable=True),
        sa.Column("determination", Json, nullable=True),
        sa.Column("plan", Json, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("cause_of_miss", sa.Text(), nullable=True),
        sa.Column("merged_into", Serial, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "price",
            sa.Integer(),
            nullable=False,
            comment="What the priority costs under the ticket's policy version",
        ),
        sa.Column(
            "credited",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="Credits less what was taken back",
        ),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=False),
        sa.Column(
            "next_due_at",
            Instant(),
            nullable=True,
            comment="The unmet promise that is due first, late or not",
        ),
        sa.Column("next_milestone", sa.String(length=15), nullable=True),
        sa.Column("next_kind", sa.String(length=9), nullable=True),
        sa.Column("next_business", sa.Boolean(), nullable=False),
        sa.Column(
            "missed",
            sa.Text(),
            nullable=False,
            comment="Milestones whose guarantee was missed, parted by blanks",
        ),
        sa.Column(
            "queue_group",
            sa.SmallInteger(),
            nullable=False,
            comment="0 has a deadline, 1 has none, 2 awaits tokens",
        ),
        sa.Column(
            "queue_rank",
            sa.SmallInteger(),
            nullable=False,
            comment="Guarantee before goal; awaiting: emergency first",
        ),
        sa.Column(
            "queue_stake",
            sa.Integer(),
            nullable=False,
            comment="Minus the tokens held: more tokens come first",
        ),
        sa.Column("proposed", sa.Boolean(), nullable=False),
        sa.Column("determined_at", Instant(), nullable=True),
        sa.Column("touched_at", Instant(), nullable=False),
        sa.Column(
            "authorised",
            sa.Boolean(),
            server_default=sa.text("(false)"),
            nullable=False,
            comment="The caller authorised the ticket and its price",
        ),
        sa.Column(
            "callback",
            sa.Boolean(),
            server_default=sa.text("(false)"),
            nullable=False,
            comment="A call back was booked",
        ),
        sa.Column(
            "noted",
            sa.Boolean(),
            server_default=sa.text("(false)"),
            nullable=False,
            comment="An internal note was written",
        ),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("owner_name", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.CheckConstraint(
            "asked_priority IN ('informational', 'billing', 'standard', 'urgent', 'emergency')",
            name=op.f("ticket_asked_priority_known"),
        ),
        sa.CheckConstraint(
            "channel IN ('ticket', 'email', 'telephone', 'callback')", name=op.f("ticket_channel_known")
        ),
        sa.CheckConstraint(
            "hosting IN ('shared', 'dedicated', 'platform')", name=op.f("ticket_hosting_known")
        ),
        sa.CheckConstraint("next_kind IN ('guarantee', 'goal')", name=op.f("ticket_next_kind_known")),
        sa.CheckConstraint(
            "next_milestone IN ('respond', 'begin', 'resolve_or_plan')",
            name=op.f("ticket_next_milestone_known"),
        ),
        sa.CheckConstraint(
            "option IN ('flat_rate_users', 'flat_rate_administrators', 'tokens')",
            name=op.f("ticket_option_known"),
        ),
        sa.CheckConstraint(
            "priority IN ('informational', 'billing', 'standard', 'urgent', 'emergency')",
            name=op.f("ticket_priority_known"),
        ),
        sa.CheckConstraint(
            "requester_kind IN ('user', 'administrator')", name=op.f("ticket_requester_kind_known")
        ),
        sa.CheckConstraint(
            "status IN ('awaiting_tokens', 'open', 'begun', 'planned', 'resolved', 'cancelled', 'merged')",
            name=op.f("ticket_status_known"),
        ),
        sa.CheckConstraint("held >= 0", name=op.f("ticket_held_not_negative")),
        sa.CheckConstraint("price >= 0", name=op.f("ticket_price_not_negative")),
        sa.CheckConstraint("queue_group IN (0, 1, 2)", name=op.f("ticket_queue_group_known")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("ticket_account_id_fk")),
        sa.ForeignKeyConstraint(["merged_into"], ["ticket.id"], name=op.f("ticket_merged_into_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("ticket_pk")),
        comment="Support issues",
    )
    op.create_index("ticket_account_idx", "ticket", ["account_id", "received_at"], unique=False)
    op.create_index(
        "ticket_awaiting_idx",
        "ticket",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("status = 'awaiting_tokens'"),
        postgresql_where=sa.text("status = 'awaiting_tokens'"),
    )
    op.create_index(
        "ticket_determined_idx",
        "ticket",
        ["determined_at"],
        unique=False,
        sqlite_where=sa.text("determined_at IS NOT NULL"),
        postgresql_where=sa.text("determined_at IS NOT NULL"),
    )
    op.create_index(
        "ticket_proposed_idx",
        "ticket",
        ["next_due_at"],
        unique=False,
        sqlite_where=sa.text("proposed = 1"),
        postgresql_where=sa.text("proposed"),
    )
    op.create_index(
        "ticket_queue_idx",
        "ticket",
        ["queue_group", "next_due_at", "queue_rank", "queue_stake", "received_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "deadline",
        sa.Column("ticket_id", Serial, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("milestone", sa.String(length=15), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("amount", Duration(), nullable=False),
        sa.Column("business", sa.Boolean(), nullable=False),
        sa.Column("clause", sa.String(length=8), nullable=False),
        sa.Column("start", sa.String(length=8), nullable=False),
        sa.Column("counted_from", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("met_at", Instant(), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("credited", sa.Integer(), nullable=False),
        sa.Column("ended", sa.String(length=8), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("ended IN ('replaced', 'void')", name=op.f("deadline_ended_known")),
        sa.CheckConstraint("kind IN ('guarantee', 'goal')", name=op.f("deadline_kind_known")),
        sa.CheckConstraint(
            "milestone IN ('respond', 'begin', 'resolve_or_plan')", name=op.f("deadline_milestone_known")
        ),
        sa.CheckConstraint("start IN ('opened', 'changed', 'reopened')", name=op.f("deadline_start_known")),
        sa.CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name=op.f("deadline_ended_has_instant")),
        sa.CheckConstraint("amount >= 0", name=op.f("deadline_amount_not_negative")),
        sa.CheckConstraint("credited >= 0", name=op.f("deadline_credited_not_negative")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("deadline_ticket_id_fk")),
        sa.PrimaryKeyConstraint("ticket_id", "position", name=op.f("deadline_pk")),
        comment="Promises of tickets with their due instants and what became of them",
    )
    op.create_index("deadline_due_idx", "deadline", ["due_at", "ticket_id"], unique=False)
    op.create_index(
        "deadline_missed_idx",
        "deadline",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("missed = 1"),
        postgresql_where=sa.text("missed"),
    )
    op.create_index(
        "deadline_running_idx",
        "deadline",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("met_at IS NULL AND ended IS NULL AND missed = 0"),
        postgresql_where=sa.text("met_at IS NULL AND ended IS NULL AND NOT missed"),
    )
    op.create_table(
        "entry",
        sa.Column("id", Serial, nullable=False),
        sa.Column("account_id", Serial, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, comment="1, 2, 3 … within the account, without gaps"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=22), nullable=False),
        sa.Column("clause", sa.String(length=8), nullable=False),
        sa.Column(
            "tokens",
            sa.Integer(),
            nullable=False,
            comment="Change of the account; the contra account changes by minus it",
        ),
        sa.Column("contra", sa.String(length=4), nullable=False, comment="The firm's side of the entry"),
        sa.Column("balance_after", sa.Integer(), nullable=False),
        sa.Column("ticket_id", Serial, nullable=True),
        sa.Column(
            "turn",
            sa.SmallInteger(),
            nullable=False,
            comment="How often a miss of the ticket had been withdrawn before",
        ),
        sa.Column("at", Instant(), nullable=False, comment="The instant that caused it"),
        sa.Column("recorded_at", Instant(), nullable=False, comment="The database's time of writing"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="Invoice or other reference"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reverses", Serial, nullable=True, comment="The entry that this one takes back"),
        sa.Column("key", sa.Text(), nullable=False, comment="Idempotency: one act writes its entries once"),
        sa.Column("prev_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "hash", sa.LargeBinary(length=32), nullable=False, comment="SHA-256 over this entry and prev_hash"
        ),
        sa.CheckConstraint(
            "(kind = 'purchase' AND tokens > 0) OR (kind = 'charge' AND tokens < 0) OR (kind = 'credit'"
            " AND tokens > 0) OR (kind = 'refund' AND tokens < 0) OR (kind IN ('adjustment', "
            "'reversal') AND tokens <> 0)",
            name=op.f("entry_sign_by_kind"),
        ),
        sa.CheckConstraint(
            "(kind IN ('purchase', 'refund', 'adjustment') AND contra = 'sold' AND ticket_id IS NULL) "
            "OR (kind IN ('charge', 'credit') AND contra = 'used' AND ticket_id IS NOT NULL) OR (kind ="
            " 'reversal' AND (contra = 'used') = (ticket_id IS NOT NULL))",
            name=op.f("entry_contra_by_kind"),
        ),
        sa.CheckConstraint(
            "cause IN ('bought', 'opened', 'priority_raised', 'priority_lowered', 'demoted', "
            "'respond_missed', 'begin_missed', 'resolve_or_plan_missed', 'free_issue', 'overturned', "
            "'cancelled', 'merged', 'reversed', 'met_after_all', 'undone', 'corrected', 'paid_back')",
            name=op.f("entry_cause_known"),
        ),
        sa.CheckConstraint("contra IN ('sold', 'used')", name=op.f("entry_contra_known")),
        sa.CheckConstraint(
            "kind IN ('purchase', 'charge', 'credit', 'adjustment', 'refund', 'reversal')",
            name=op.f("entry_kind_known"),
        ),
        sa.CheckConstraint("balance_after >= 0", name=op.f("entry_balance_not_negative")),
        sa.CheckConstraint("seq > 0", name=op.f("entry_seq_positive")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("entry_account_id_fk")),
        sa.ForeignKeyConstraint(["reverses"], ["entry.id"], name=op.f("entry_reverses_fk")),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("entry_ticket_id_fk"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("entry_pk")),
        sa.UniqueConstraint("account_id", "seq", name=op.f("entry_account_id_seq_key")),
        sa.UniqueConstraint("key", name=op.f("entry_key_key")),
        comment="The token ledger: append only, both legs of an entry in one row",
    )
    op.create_index(
        "entry_invoice_key",
        "entry",
        ["account_id", "reference"],
        unique=True,
        sqlite_where=sa.text("kind = 'purchase' AND reference <> ''"),
        postgresql_where=sa.text("kind = 'purchase' AND reference <> ''"),
    )
    op.create_index(
        "entry_miss_once_key",
        "entry",
        ["ticket_id", "cause", "turn"],
        unique=True,
        sqlite_where=sa.text(
            "kind = 'credit' AND cause IN ('respond_missed', 'begin_missed', 'resolve_or_plan_missed')"
        ),
        postgresql_where=sa.text(
            "kind = 'credit' AND cause IN ('respond_missed', 'begin_missed', 'resolve_or_plan_missed')"
        ),
    )
    op.create_index("entry_recorded_idx", "entry", ["account_id", "recorded_at"], unique=False)
    op.create_index(
        "entry_reverses_key",
        "entry",
        ["reverses"],
        unique=True,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_index("entry_ticket_idx", "entry", ["ticket_id", "cause"], unique=False)
    op.create_table(
        "fact",
        sa.Column("number", Serial, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False, comment="The instant at which it counts"),
        sa.Column("recorded_at", Instant(), nullable=False, comment="The database's time of writing"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=13), nullable=False),
        sa.Column("ticket_id", Serial, nullable=True),
        sa.Column("account_id", Serial, nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.CheckConstraint(
            "role IN ('agent', 'manager', 'supervisor', 'administrator', 'system', 'customer')",
            name=op.f("fact_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fact_account_id_fk"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fact_ticket_id_fk"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("fact_pk")),
        comment="The journal: append only, numbered in the order of commits",
    )
    op.create_index("fact_account_idx", "fact", ["account_id", "number"], unique=False)
    op.create_index("fact_ticket_idx", "fact", ["ticket_id", "number"], unique=False)
    op.create_table(
        "import_source",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", Serial, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("import_source_ticket_id_fk")),
        sa.PrimaryKeyConstraint("source", "external_id", name=op.f("import_source_pk")),
        comment="Where imported tickets came from; a second import adds nothing",
    )


_SQLITE = (
    *(
        f"CREATE TRIGGER {table}_keeps_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in ("entry", "fact")
        for act in ("UPDATE", "DELETE")
    ),
    """
    CREATE TRIGGER entry_credit_within_charge BEFORE INSERT ON entry WHEN NEW.ticket_id IS NOT NULL
    BEGIN
        SELECT RAISE(ABORT, 'a ticket cannot be credited more than it was charged')
        WHERE (SELECT coalesce(sum(tokens), 0) FROM entry WHERE ticket_id = NEW.ticket_id) + NEW.tokens > 0;
    END
    """,
    """
    CREATE TRIGGER entry_follows_the_last BEFORE INSERT ON entry
    BEGIN
        SELECT RAISE(ABORT, 'an entry follows the last one of its account')
        WHERE NOT (
            (NEW.seq = 1 AND NEW.balance_after = NEW.tokens)
            OR EXISTS (
                SELECT 1 FROM entry WHERE account_id = NEW.account_id AND seq = NEW.seq - 1
                AND balance_after + NEW.tokens = NEW.balance_after AND hash = NEW.prev_hash
            )
        );
    END
    """,
)

_POSTGRESQL = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in ("entry", "fact")
    ),
    """
    CREATE FUNCTION entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.ticket_id IS NOT NULL
            AND (SELECT coalesce(sum(tokens), 0) FROM entry WHERE ticket_id = NEW.ticket_id) + NEW.tokens > 0
        THEN
            RAISE EXCEPTION 'a ticket cannot be credited more than it was charged'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT (NEW.seq = 1 AND NEW.balance_after = NEW.tokens) AND NOT EXISTS (
            SELECT 1 FROM entry WHERE account_id = NEW.account_id AND seq = NEW.seq - 1
            AND balance_after + NEW.tokens = NEW.balance_after AND hash = NEW.prev_hash
        )
        THEN
            RAISE EXCEPTION 'an entry follows the last one of its account'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER entry_guard BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_guard()",
)
