"""The history of the product's own tables, played with Alembic at start."""
