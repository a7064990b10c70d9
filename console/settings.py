"""Settings: one frozen value read from a TOML file that people and administrators may edit.

Where the data lives, how it is kept and what is logged; what the window remembers by itself stands elsewhere
(`console/ui/remember.py`). Each key stands below with its default, its unit and what it may be. A wrong value costs
that key only (its default is used and a sentence says so); a file that is no TOML at all is kept aside and everything
starts from the defaults.
The file never holds a password: PostgreSQL's own pgpass and service files are the place for those.
"""

import errno
import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Self

from console.bare import bare


def _key(default: str | int, text: str, **limits: object) -> Any:
    return field(default=default, metadata={"text": text, **limits})


@dataclass(frozen=True, slots=True)
class Backup:
    """Copies of the local database."""

    kept_days: int = _key(14, "daily backups kept, days", least=1, most=3650)


@dataclass(frozen=True, slots=True)
class Log:
    """The log file."""

    level: str = _key("info", "least level written", choices=("debug", "info", "warning", "error"))
    kept_files: int = _key(5, "older parts kept, files", least=1, most=100)
    part_kib: int = _key(1024, "size of one part, KiB", least=16, most=1048576)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person or an administrator edits by hand; `database` empty means the file in the data folder."""

    database: str = _key("", "address of the database without a password; empty: the local file")
    backup: Backup = field(default_factory=Backup)
    log: Log = field(default_factory=Log)


#: Bytes; a whole settings file has a few hundred.
_LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings to use, a sentence for each thing wrong in the file, and where a broken file was kept."""

    settings: Settings
    problems: tuple[str, ...] = ()
    kept_aside: Path | None = None

    @classmethod
    def defaults(cls, *problems: str, kept_aside: Path | None = None) -> Self:
        """The defaults, with the reasons why the file gave nothing better."""
        return cls(Settings(), problems, kept_aside)


def load(file: Path) -> Loaded:
    """The settings in `file`, or the defaults where it says nothing or something wrong; raises nothing."""
    try:
        table = tomllib.loads(_text_of(file))
    except FileNotFoundError:
        return Loaded.defaults()
    except OSError as failure:
        return Loaded.defaults(
            f"The settings file {file} cannot be read ({failure.strerror}); the defaults are used."
        )
    except ValueError as failure:
        return _broken(file, str(failure))
    except RecursionError:
        return _broken(file, "it is nested too deeply")
    problems: list[str] = []
    return Loaded(_section(Settings(), table, "", problems), tuple(problems))


def _text_of(file: Path) -> str:
    """Raises ``ValueError`` for more than any settings are, ``OSError`` for what is no file."""
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "it is no file")
    with file.open("rb") as given:
        content = given.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("it is too long")
    return content.decode("utf-8-sig")


def save(settings: Settings, file: Path) -> None:
    """Write every key with its meaning to `file`, at once or not at all; a faulty file there is kept aside first.

    Raises: OSError when the folder or the disk refuses; the former file is then untouched.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if load(file).problems and file.exists():
        _set_aside(file)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".settings-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as output:
            output.write(written(settings))
            output.flush()
            os.fsync(output.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def written(settings: Settings) -> str:
    """The TOML text of the settings: each key under a comment with its meaning, unit and limits."""
    lines = ["# Settings of the support console. A key left out has its default."]
    sections = [each for each in fields(settings) if is_dataclass(getattr(settings, each.name))]
    lines += _written_keys(settings)
    for section in sections:
        lines += ["", f"[{section.name}]", *_written_keys(getattr(settings, section.name))]
    return "\n".join(lines) + "\n"


def _written_keys(section: Any) -> list[str]:
    keys = [each for each in fields(section) if "text" in each.metadata]
    return [line for key in keys for line in _written_key(key.name, getattr(section, key.name), key.metadata)]


def _written_key(name: str, value: str | int, about: Mapping[str, Any]) -> list[str]:
    text = f"# {about['text']}"
    if "choices" in about:
        text += f" ({', '.join(about['choices'])})"
    if "least" in about:
        text += f" ({about['least']} to {about['most']})"
    return [text, f"{name} = {_toml(value)}"]


def _toml(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = "".join(_escaped(letter) for letter in bare(value).address)
    return f'"{escaped}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def _section(defaults: Any, table: Mapping[str, object], path: str, problems: list[str]) -> Any:
    """A copy of `defaults` with what `table` says; every fault is one sentence in `problems`."""
    known = {each.name: each for each in fields(defaults)}
    problems += [
        f"The setting {path}{name} is not known; it is left alone." for name in table if name not in known
    ]
    values: dict[str, object] = {}
    for name, value in table.items():
        if name not in known:
            continue
        default = getattr(defaults, name)
        if is_dataclass(default):
            values[name] = _subsection(default, value, f"{path}{name}", problems)
        else:
            values[name] = _value(default, value, f"{path}{name}", known[name].metadata, problems)
    return type(defaults)(**values)


def _subsection(default: object, value: object, path: str, problems: list[str]) -> object:
    if isinstance(value, dict):
        return _section(default, value, f"{path}.", problems)
    problems.append(f"The setting {path} must be a section, [{path}]; its defaults are used.")
    return default


def _value(
    default: object, value: object, path: str, about: Mapping[str, Any], problems: list[str]
) -> object:
    wanted = _wanted(default, value, about)
    if wanted:
        problems.append(f"The setting {path} must be {wanted}, not {value!r}; {default!r} is used.")
        return default
    if isinstance(value, str) and bare(value).address != value:
        problems.append(f"The setting {path} holds a password, which is not used; put it in the pgpass file.")
        return bare(value).address
    return value


def _wanted(default: object, value: object, about: Mapping[str, Any]) -> str:
    """What the value should have been, or nothing when it is right."""
    words = {int: "a whole number", str: "a text in quotes"}
    if type(value) is not type(default):
        return words[type(default)]
    if "choices" in about and value not in about["choices"]:
        return f"one of {', '.join(about['choices'])}"
    if "least" in about and not about["least"] <= int(str(value)) <= about["most"]:
        return f"between {about['least']} and {about['most']}"
    return ""


def _broken(file: Path, reason: str) -> Loaded:
    try:
        aside = _set_aside(file)
    except OSError:
        return Loaded.defaults(f"The settings file {file} is damaged ({reason}); the defaults are used.")
    message = f"The settings file {file} was damaged ({reason}); the defaults are used and it is kept as {aside.name}."
    return Loaded.defaults(message, kept_aside=aside)


def _set_aside(file: Path) -> Path:
    """The new name of the file, which never replaces one kept earlier."""
    number = 1
    while (aside := file.with_name(f"{file.stem}.broken-{number}{file.suffix}")).exists():
        number += 1
    return file.rename(aside)
