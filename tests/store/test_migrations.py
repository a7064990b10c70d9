"""The migrations make exactly the tables that the program expects, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from console.store import migrate, schema
from console.store.engine import Store, open_store
from console.store.tables import metadata


def test_the_newest_migration_is_the_schema_this_program_knows() -> None:
    head = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations")).get_current_head()
    assert head is not None
    assert int(head) == schema.KNOWN


def test_the_migrated_database_is_what_the_tables_say(store: Store) -> None:
    with store.read() as read:
        context = MigrationContext.configure(read.connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_every_constraint_and_index_has_its_name_in_the_database(store: Store) -> None:
    with store.read() as read:
        if store.kind == "sqlite":
            sql = read.connection.execute(
                text("SELECT group_concat(sql, ' ') FROM sqlite_master")
            ).scalar_one()
        else:
            named = "SELECT string_agg(conname, ' ') FROM pg_constraint"
            indexes = "SELECT string_agg(indexname, ' ') FROM pg_indexes"
            found = [read.connection.execute(text(query)).scalar_one() for query in (named, indexes)]
            sql = " ".join(found)
        for table in metadata.tables.values():
            for constraint in (*table.constraints, *table.indexes):
                assert str(constraint.name) in sql


def test_two_who_make_the_same_new_database_both_succeed(database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        for store in pool.map(open_store, [database_url] * 2):
            with store.read() as read:
                assert read.check() == []
            store.close()


def test_many_who_make_the_same_new_file_wait_for_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        for number in range(8):
            url = f"sqlite:///{tmp_path / str(number)}.sqlite3"
            for store in pool.map(open_store, [url] * 6):
                store.close()
