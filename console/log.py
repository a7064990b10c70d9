"""The log: a rotating file beside the data, which never holds a secret and never stops the program.

What must not be logged: passwords (redacted here, wherever they come from), customers' words, token balances.
"""

import logging
import os
import re
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import cast

FILE_NAME = "console.log"
_SECRETS = (
    (re.compile(r"(://[^/@\s:]*):[^@\s]+@"), r"\1:***@"),
    (re.compile(r"(?i)\b(\w*(?:password|passwd|passphrase|secret|api_?key|token_secret)\w*[\"']?\s*[=:]\s*)"
                r"(\"[^\"]*\"|'[^']*'|[^\s,;&)]+)"), r"\1***"),
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def redacted(text: str) -> str:
    """The text with every password in a URL or after a name like `password=` replaced by three stars."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class OneEntryFormatter(logging.Formatter):
    """UTC, one entry that cannot be mistaken for two: secrets out, control characters escaped, later lines marked."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        """The instant in UTC."""
        from datetime import UTC, datetime

        return datetime.fromtimestamp(record.created, UTC).strftime(datefmt or "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The entry as it is written."""
        entry = redacted(super().format(record))
        visible = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", entry)
        return visible.replace("\n", "\n    | ")


class PatientHandler(RotatingFileHandler):
    """A rotating file that only its owner may read; when the disk refuses, entries are lost and nothing else is."""

    def _open(self) -> TextIOWrapper:
        def private(name: str, flags: int) -> int:
            return os.open(name, flags, 0o600)

        return cast("TextIOWrapper", open(self.baseFilename, self.mode, encoding="utf-8", opener=private))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 (logging's names)
        """Say it once on the error stream and go on."""
        if not getattr(self, "_told", False):
            self._told = True
            print(f"The log cannot be written: {sys.exc_info()[1]}", file=sys.stderr)


def start(folder: Path, *, level: str = "info", kept_files: int = 5, part_kib: int = 1024) -> str | None:
    """Send the program's log to `folder`; returns None, or the sentence why it goes to the error stream instead.

    Starting again replaces the handler of the time before.
    """
    stop()
    root = logging.getLogger("console")
    root.setLevel(level.upper())
    trouble = None
    handler: logging.Handler
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = PatientHandler(folder / FILE_NAME, maxBytes=part_kib * 1024, backupCount=kept_files)
    except OSError as failure:
        trouble = f"No log is written: {folder} cannot be used ({failure.strerror or failure})."
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.WARNING)
    handler.setFormatter(OneEntryFormatter())
    handler.set_name("console")
    root.addHandler(handler)
    return trouble


def stop() -> None:
    """Close what `start` opened."""
    root = logging.getLogger("console")
    for handler in [each for each in root.handlers if each.get_name() == "console"]:
        root.removeHandler(handler)
        handler.close()
