"""Alembic's hook: the connection is given by `connector.migrations.upgrade`."""

from alembic import context

import connector.models  # noqa: F401 - fills the metadata
from connector.db import Base

config = context.config
connection = config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
