"""Run by Alembic, with the connection that ``bot/database.py`` opened."""

from alembic import context

from bot.database import VERSION_TABLE
from bot.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
