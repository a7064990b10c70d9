"""The schema's history, run by Alembic from source files; nothing here is imported by the program."""
