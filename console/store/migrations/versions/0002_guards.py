"""Entries move their account and ticket by themselves; a shared database gets the tables of its guards."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shared = op.get_bind().dialect.name == "postgresql"
    for statement in _POSTGRESQL if shared else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "DROP TABLE guard.act, guard.offer, guard.price, guard.promise, guard.open_window, guard.policy"
        )
        op.execute("DROP SCHEMA guard")
    else:
        op.execute("DROP TRIGGER entry_moves_account")
        op.execute("DROP TRIGGER entry_moves_ticket")


_SQLITE = (
    """
    CREATE TRIGGER entry_moves_account AFTER INSERT ON entry
    BEGIN
        UPDATE account SET balance = NEW.balance_after, last_seq = NEW.seq, last_hash = NEW.hash,
            last_at = NEW.recorded_at WHERE id = NEW.account_id;
    END
    """,
    """
    CREATE TRIGGER entry_moves_ticket AFTER INSERT ON entry
    WHEN NEW.ticket_id IS NOT NULL AND NEW.kind IN ('credit', 'reversal')
    BEGIN
        UPDATE ticket SET credited = credited + NEW.tokens WHERE id = NEW.ticket_id;
    END
    """,
)

_POSTGRESQL = (
    "CREATE SCHEMA guard",
    "COMMENT ON SCHEMA guard IS 'What nobody may get round with a login of their own'",
    """
    CREATE TABLE guard.act (
        xid xid8 PRIMARY KEY, actor text NOT NULL, at timestamptz NOT NULL, saved bigint[] NOT NULL DEFAULT '{}'
    )
    """,
    "COMMENT ON TABLE guard.act IS 'The instant of each act, taken from the server''s clock, and the tickets it saved'",
    """
    CREATE TABLE guard.policy (
        version integer PRIMARY KEY, in_force_from timestamptz NOT NULL, four_eyes boolean NOT NULL,
        undo_within interval NOT NULL, reopen_within interval NOT NULL
    )
    """,
    """
    CREATE TABLE guard.offer (
        version integer NOT NULL REFERENCES guard.policy, hosting text NOT NULL, option text NOT NULL,
        PRIMARY KEY (version, hosting, option)
    )
    """,
    """
    CREATE TABLE guard.price (
        version integer NOT NULL REFERENCES guard.policy, hosting text NOT NULL, priority text NOT NULL,
        tokens integer NOT NULL CHECK (tokens >= 0), PRIMARY KEY (version, hosting, priority)
    )
    """,
    """
    CREATE TABLE guard.promise (
        version integer NOT NULL REFERENCES guard.policy, option text NOT NULL, priority text NOT NULL,
        milestone text NOT NULL, kind text NOT NULL, amount bigint NOT NULL, business boolean NOT NULL,
        clause text NOT NULL, PRIMARY KEY (version, option, priority, milestone)
    )
    """,
    """
    CREATE TABLE guard.open_window (
        version integer NOT NULL REFERENCES guard.policy, opens timestamptz NOT NULL, closes timestamptz NOT NULL,
        open_before bigint NOT NULL, PRIMARY KEY (version, opens), UNIQUE (version, open_before),
        CHECK (closes > opens)
    )
    """,
    "CREATE INDEX open_window_closes_idx ON guard.open_window (version, closes)",
    "COMMENT ON TABLE guard.open_window IS 'When business hours are open, and the open time before, in microseconds'",
)
