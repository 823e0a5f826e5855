"""Alembic's doorway: runs the steps on the connection that `warehouse.migrations.upgrade` hands over."""

from alembic import context

from warehouse.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
