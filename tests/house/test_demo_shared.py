"""``make demo-shared`` without a display: two consoles at a server of their own, and nothing left behind."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.bootstrap import open_desk
from console.services import claims, keeping, progress, queue, server
from scripts import demo_shared

ROOT = Path(__file__).resolve().parents[2]
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """One demonstration at a time: what is left behind would else be told from another one that runs."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / ".shared").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.mark.timeout(300)
def test_what_one_does_the_other_sees_and_all_is_gone_at_the_end() -> None:
    screens = ROOT / "build" / "screens"
    pictures = [screens / f"shared-{who.login}.png" for who in demo_shared.PEOPLE]
    for picture in pictures:
        picture.unlink(missing_ok=True)
    before = set((ROOT / "build").glob("shared-*"))
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    ran = subprocess.run(
        [sys.executable, "-m", "scripts.demo_shared"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=plain,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "There is no display" in ran.stdout
    assert "Alex Reyes began work on" in ran.stdout
    assert "Morgan Hale's window had it" in ran.stdout
    assert "Morgan Hale reads: Alex Reyes is also looking at this" in ran.stdout
    assert all(picture.read_bytes().startswith(PNG) for picture in pictures)
    assert set((ROOT / "build").glob("shared-*")) == before


@pytest.mark.timeout(300)
def test_its_database_is_sound_and_its_people_can_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "")
    with demo_shared.running() as place:
        demo_shared.fill(place)
        assert server.lint(place.owner) == []
        owner = open_desk(place.owner)
        assert keeping.check(owner) == []
        owner.store.close()
        for who in demo_shared.PEOPLE:
            desk = open_desk(place.url(who.login))
            assert (desk.actor, desk.is_sample()) == (who, True)
            taken = claims.take_next(desk, desk.new_key())
            assert taken.ticket_id is not None
            progress.begin(desk, taken.ticket_id, desk.new_key())
            assert queue.counts(desk).mine
            desk.store.close()
