"""Folders: a person's data, settings and log, and the program's resources. Nothing else knows one."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

APPLICATION = "support-console"


@dataclass(frozen=True, slots=True)
class Folders:
    """Four folders, which may not exist yet; `ensure` makes them."""

    data: Path
    config: Path
    state: Path
    cache: Path

    @property
    def database(self) -> Path:
        """The local database file, used unless the settings or the command line name another."""
        return self.data / "console.sqlite3"

    @property
    def backups(self) -> Path:
        """Where the local database is backed up to."""
        return self.data / "backups"

    @property
    def settings_file(self) -> Path:
        """The settings that people and administrators may edit."""
        return self.config / "settings.toml"

    @property
    def window_file(self) -> Path:
        """Sizes, columns and selections the window remembers by itself."""
        return self.state / "window.ini"

    @property
    def log(self) -> Path:
        """Where the log and its older parts are written."""
        return self.state / "log"

    def ensure(self) -> None:
        """Make the folders that are missing, readable by this person only.

        Raises: OSError when one cannot be made; its `filename` says which.
        """
        for folder in (self.data, self.config, self.state, self.cache):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def folders(data_dir: Path | str | None = None) -> Folders:
    """The platform's folders for this person, or with `data_dir` everything below that one folder (portable use)."""
    if data_dir is not None:
        root = Path(data_dir).expanduser().absolute()
        return Folders(data=root, config=root / "config", state=root / "state", cache=root / "cache")
    from platformdirs import PlatformDirs

    platform = PlatformDirs(APPLICATION, appauthor=False)
    return Folders(
        data=platform.user_data_path,
        config=platform.user_config_path,
        state=platform.user_state_path,
        cache=platform.user_cache_path,
    )


@cache
def resources() -> Path:
    """The folder of policy documents, icons, fonts and style: the same rule in a checkout, a wheel and a bundle."""
    package = Path(__file__).resolve().parent
    shipped = package / "_resources"
    return shipped if shipped.is_dir() else package.parent / "resources"
