"""No password stays in an address, however it was put there."""

import pytest

from console.bare import bare
from console.services.target import Target
from console.settings import Settings, written
from console.store import address


@pytest.mark.parametrize(
    ("given", "left", "passwords"),
    [
        ("postgresql://ann:geheim@db/x", "postgresql://ann@db/x", ("geheim", "")),
        ("postgresql://ann:ge/he%20im@db:5433/x", "postgresql://ann@db:5433/x", ("ge/he im", "")),
        ("postgresql://db/x?password=geheim", "postgresql://db/x", ("geheim", "")),
        ("postgresql://db/x?user=ann&pass%77ord=geheim&port=1", "postgresql://db/x?user=ann&port=1", ("geheim", "")),
        ("postgresql://ann@db/x?sslpassword=geheim&sslkey=k", "postgresql://ann@db/x?sslkey=k", ("", "geheim")),
        ("postgresql://ann@db:5432/x?sslmode=require", "postgresql://ann@db:5432/x?sslmode=require", ("", "")),
        ("sqlite:////home/ann/a:b@c.sqlite3", "sqlite:////home/ann/a:b@c.sqlite3", ("", "")),
        ("service=support", "service=support", ("", "")),
        ("", "", ("", "")),
    ],
)  # fmt: skip
def test_passwords_are_taken_out_and_nothing_else_is_touched(
    given: str, left: str, passwords: tuple[str, str]
) -> None:
    found = bare(given)
    assert (found.address, (found.password, found.key_password)) == (left, passwords)
    assert "geheim" not in repr(found)


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://ann:ge/heim@127.0.0.1/x",
        "postgresql://ann@127.0.0.1/x?sslpassword=ge/heim",
        "postgresql://ann@127.0.0.1/x?password=ge/heim",
    ],
)
def test_nobody_who_keeps_or_shows_an_address_has_its_password(given: str) -> None:
    assert "heim" not in written(Settings(database=given))
    assert "heim" not in Target.read(given).address
    where = address.read(given)
    assert "heim" not in repr(where) + where.url.render_as_string(hide_password=False)
    assert where.secret.reveal() or where.key.reveal()
