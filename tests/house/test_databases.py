"""The databases that the other tests stand on."""

import sqlite3

import psycopg
import pytest

from tests.support import postgres


def libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def test_each_test_gets_a_database_without_tickets_of_both_kinds(database_url: str) -> None:
    if database_url.startswith("sqlite:///"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as file:
            assert file.execute("select count(*) from sqlite_schema").fetchone() == (0,)
        file.close()
        return
    with psycopg.connect(libpq(database_url)) as connection:
        assert connection.execute("select count(*) from ticket").fetchone() == (0,)


def test_a_template_is_copied_with_its_contents(postgres_server: postgres.Server) -> None:
    def prepare(url: str) -> None:
        with psycopg.connect(libpq(url)) as connection:
            connection.execute("create table kept as select 42 as answer")

    template = postgres_server.template(prepare)
    copy = postgres_server.create(template)
    with psycopg.connect(libpq(postgres_server.url(copy))) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
    postgres_server.drop(copy)


def test_the_server_keeps_utf8_and_utc(postgres_url: str) -> None:
    with psycopg.connect(libpq(postgres_url)) as connection:
        row = connection.execute("select 'Zoë – 日本', current_setting('timezone')").fetchone()
    assert row == ("Zoë – 日本", "UTC")


def test_without_any_server_the_tests_fail_with_a_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
    monkeypatch.setattr(postgres.Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(postgres.NoServer, match="CONSOLE_TEST_PG"):
        postgres._binaries()
