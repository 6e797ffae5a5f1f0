"""How the tables came about: Alembic revisions, forward and back, never edited once landed."""
