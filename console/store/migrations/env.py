"""Runs the migrations on the connection, and in the transaction, that ``console.store.migrate`` gives.

After every step of a shared database, up or down, the lint looks whether it left anything open.
"""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

from console.store import lint
from console.store.tables import metadata


def _look(
    ctx: MigrationContext,
    step: MigrationInfo,  # noqa: ARG001  (alembic names what it gives)
    heads: Collection[Any],
    run_args: Mapping[str, Any],  # noqa: ARG001
) -> None:
    if ctx.connection is not None and ctx.connection.dialect.name == "postgresql":
        lint.require_clean(ctx.connection, max((int(head) for head in heads), default=0), opened=False)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    render_as_batch=True,
    on_version_apply=_look,
)
context.run_migrations()
