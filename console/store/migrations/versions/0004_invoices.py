"""An invoice is recorded once, and once more when its purchase was taken back."""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _unique(["account_id", "reference", "turn"])
    _comment("How often a miss of the ticket was withdrawn, or the invoice taken back, before")


def downgrade() -> None:
    _unique(["account_id", "reference"])
    _comment("How often a miss of the ticket had been withdrawn before")


def _unique(columns: list[str]) -> None:
    op.drop_index("entry_invoice_key", table_name="entry")
    invoiced = text("kind = 'purchase' AND reference <> ''")
    op.create_index(
        "entry_invoice_key",
        "entry",
        columns,
        unique=True,
        sqlite_where=invoiced,
        postgresql_where=invoiced,
    )


def _comment(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN entry.turn IS '{words}'")
