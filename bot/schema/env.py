"""Run by Alembic, with the connection that ``bot/database.py`` opened."""

from alembic import context

from bot.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="twostep_alembic_version",
)
context.run_migrations()
