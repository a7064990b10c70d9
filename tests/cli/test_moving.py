"""``support-console move``, typed as the one person does whose firm has outgrown a single desk."""

import shutil
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.test_server import as_person, drop_login


def test_from_one_desk_to_a_shared_database(run: Run, sample: Path, empty_postgres_url: str) -> None:
    url = empty_postgres_url
    everything = ("agent", "manager", "supervisor", "administrator")
    assert run("people", "alex", "--name", "Alex", "--roles", *everything).code == 0
    assert run("people", "nadia", "--name", "Nadia Costa", "--roles", "agent").code == 0
    tickets = run("queue", "--json", "--limit", "500").lines()
    before = sample.with_name("before.sqlite3")
    assert run("backup", str(before)).code == 0
    try:
        moved = run("move", "--to", url)
        assert (moved.code, moved.err) == (0, "")
        assert "tickets                       120\n" in moved.out
        assert "\n  nadia: Nadia Costa, agent\n" in moved.out
        stale = run("check")
        assert (stale.code, "were moved to the shared database" in stale.err) == (0, True)
        assert run("--database", url, "check").code == 0
        lint = run("--database", url, "server", "lint")
        assert "nadia: is on the People list as agent, but has no login yet." in lint.out
        added = run("--database", url, "server", "person", "add", "nadia")
        assert (added.code, "Nadia Costa signs in as nadia: agent." in added.out) == (0, True)
        mine = as_person(url, "nadia", added.out.split("Password, shown this once: ")[1].strip())
        mine_now = run("--database", mine, "queue", "--json", "--limit", "500").lines()
        assert [each["id"] for each in mine_now] == [each["id"] for each in tickets]
        assert "nadia:" not in run("--database", url, "server", "lint").out
        late = run("sweep")
        assert (late.code, "were moved to the shared database" in late.err) == (3, True)
        nobody = run("--database", url, "server", "person", "add", "olga", "--name", "Olga")
        assert (nobody.code, "Say which roles olga shall have" in nobody.err) == (2, True)
        assert "work in one of the two alone" in run("restore", str(before)).out
        assert run("sweep").code == 0
    finally:
        drop_login(url, "nadia")


def test_a_rehearsal_from_the_backup_leaves_it_a_backup(
    run: Run, sample: Path, folder: Path, empty_postgres_url: str
) -> None:
    backup = folder / "before.sqlite3"
    assert run("backup", str(backup)).code == 0
    rehearsed = run("move", "--rehearse", "--from", f"sqlite:///{backup}", "--to", empty_postgres_url)
    assert (rehearsed.code, rehearsed.err) == (0, "")
    assert "tickets                       120\n" in rehearsed.out
    assert f"This was a rehearsal: the database {backup} is as it was" in rehearsed.out
    restored = run("restore", str(backup))
    assert (restored.code, "were moved" in restored.out) == (0, False)
    assert run("sweep").code == 0


def test_restore_says_that_the_tickets_of_a_backup_were_moved(
    run: Run, sample: Path, folder: Path, empty_postgres_url: str
) -> None:
    backup = folder / "before.sqlite3"
    assert run("backup", str(backup)).code == 0
    moved = run("move", "--from", f"sqlite:///{backup}", "--to", empty_postgres_url)
    assert (moved.code, "is only read from now on" in moved.out) == (0, True)
    restored = run("restore", str(backup))
    assert restored.code == 0
    assert "were moved to the shared database" in restored.out
    (kept,) = (folder / "backups").glob("*-before-restore.sqlite3")
    assert f"restore {kept} puts back what was there before" in restored.out
    assert run("sweep").code == 3
    assert run("restore", str(kept)).code == 0
    assert run("sweep").code == 0


def test_what_cannot_be_moved_is_one_sentence(run: Run, sample: Path, folder: Path) -> None:
    other = shutil.copy(sample, folder / "other.sqlite3")
    done = run("move", "--to", f"sqlite:///{other}")
    assert (done.code, len(done.err.splitlines()), "is a local one" in done.err) == (2, 1, True)
    back = run("move", "--from", "postgresql://postgres@127.0.0.1:9/x", "--to", f"sqlite:///{other}")
    assert (back.code, len(back.err.splitlines()), "never back" in back.err) == (2, 1, True)


def test_the_database_that_is_named_is_the_one_that_moves(
    run: Run, sample: Path, folder: Path, empty_postgres_url: str
) -> None:
    other = f"sqlite:///{folder / 'other.sqlite3'}"
    assert run("--database", other, "migrate").code == 0
    moved = run("--database", other, "move", "--to", empty_postgres_url)
    assert (moved.code, moved.err) == (0, "")
    assert "person add LOGIN --name NAME --roles administrator" in moved.out
    assert f"The database {folder / 'other.sqlite3'} is only read from now on" in moved.out
    assert run("sweep").code == 0
