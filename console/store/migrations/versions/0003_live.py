"""Which program an opened database needs at least; who looks at what just now, on a shared one."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in _BOTH:
        op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_COMMENT)
        for statement in _POSTGRESQL:
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE guard.presence, guard.field")
        op.execute("ALTER TABLE guard.act DROP COLUMN gives, DROP COLUMN ending")
        op.execute("ALTER FUNCTION entry_guard() RESET search_path")
    op.execute("DROP TABLE least_console")


_BOTH = (
    """
    CREATE TABLE least_console (
        act varchar(5) NOT NULL CONSTRAINT least_console_pk PRIMARY KEY
            CONSTRAINT least_console_act CHECK (act IN ('read', 'write')),
        schema_number integer NOT NULL CONSTRAINT least_console_schema CHECK (schema_number > 0),
        version varchar(40) NOT NULL
    )
    """,
    "INSERT INTO least_console VALUES ('read', 3, '1.0.0')",
    "INSERT INTO least_console VALUES ('write', 3, '1.0.0')",
)

_COMMENT = (
    "COMMENT ON TABLE least_console IS "
    "'The oldest console that may read this database, and the oldest that may write to it'"
)

# A presence is worth nothing after a crash: it is not written ahead.
_POSTGRESQL = (
    """
    CREATE UNLOGGED TABLE guard.presence (
        pid integer PRIMARY KEY, login text NOT NULL, ticket_id bigint, writing boolean NOT NULL,
        seen_at timestamptz NOT NULL, beat_at timestamptz NOT NULL
    )
    """,
    "COMMENT ON TABLE guard.presence IS 'Who looks at which ticket: one row per open console, by its connection'",
    """
    ALTER TABLE guard.act
        ADD COLUMN gives bigint[] NOT NULL DEFAULT '{}', ADD COLUMN ending boolean NOT NULL DEFAULT false
    """,
    """
    CREATE TABLE guard.field (
        record text NOT NULL, name text NOT NULL, type text NOT NULL, words text[] NOT NULL, may_miss boolean NOT NULL,
        may_be_null boolean NOT NULL, PRIMARY KEY (record, name)
    )
    """,
    "COMMENT ON TABLE guard.field IS 'The fields of each record that is kept as JSON, as the program reads them'",
    "ALTER FUNCTION entry_guard() SET search_path = pg_catalog, public, pg_temp",
)
