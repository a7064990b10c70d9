"""Runs the migrations on the connection, and in the transaction, that ``console.store.migrate`` gives."""

from alembic import context

from console.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
