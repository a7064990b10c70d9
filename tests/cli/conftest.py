"""A sample database made once, copied for each test, and the commands run inside this process."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.bootstrap import sample_desk
from console.cli.main import main


@dataclass
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The only line of output as JSON."""
        return json.loads(self.out, parse_constant=pytest.fail)

    def lines(self) -> list[Any]:
        """Every line of output as JSON."""
        return [json.loads(line, parse_constant=pytest.fail) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The labelled sample database, written once."""
    path = tmp_path_factory.mktemp("sample") / "console.sqlite3"
    sample_desk(f"sqlite:///{path}", datetime.now(UTC)).store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder of its own, empty."""
    data = tmp_path / "data"
    data.mkdir()
    return data


@pytest.fixture
def sample(folder: Path, sample_database: Path) -> Path:
    """A data folder with the sample database in it; answers the database's file."""
    return Path(shutil.copy(sample_database, folder / "console.sqlite3"))


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the data folder, signed in as Alex."""
    monkeypatch.setenv("LOGNAME", "alex")

    def command(*words: str) -> Ran:
        capsys.readouterr()
        try:
            code = main(["--data-dir", str(folder), *words])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ran(code, out, err)

    return command
