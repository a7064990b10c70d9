"""A file as pieces of text: encoding found out, bytes counted, never more than a piece in memory."""

import codecs
from collections.abc import Callable, Iterator
from pathlib import Path

from console.policy.errors import Invalid

#: Bytes read at a time.
PIECE = 256 * 1024
#: Longest single row or JSON record, in characters; longer ones refuse the file.
RECORD_LIMIT = 16 * 1024 * 1024

#: What a mapping may name when the file does not say it itself.
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "windows-1252", "iso-8859-1", "iso-8859-15")

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet workbook; unpack it, or save the sheet as CSV"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet workbook; save the sheet as CSV"),
    (b"%PDF", "a PDF"),
)

OnBytes = Callable[[int], None]


class TextFile:
    """A file's text in pieces of at most 256 KiB, each time from the start; ``on_bytes`` hears its place.

    Raises Invalid while iterating: no such file, not text, or bytes not of the encoding (with their place).
    """

    def __init__(self, path: Path, encoding: str = "", on_bytes: OnBytes | None = None) -> None:
        if encoding and encoding not in ENCODINGS:
            raise Invalid(
                f"“{encoding}” is not an encoding that can be read; choose one of {', '.join(ENCODINGS)}."
            )
        self.path = path
        self.encoding = encoding
        self._on_bytes = on_bytes

    @property
    def size(self) -> int:
        """The file's size in bytes."""
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._pieces()
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _pieces(self) -> Iterator[str]:
        with self.path.open("rb") as stream:
            piece = stream.read(PIECE)
            encoding = _encoding_of(piece, self.encoding, self.path.name)
            decoder = codecs.getincrementaldecoder(encoding)()
            before, line = 0, 1
            while True:
                text = self._decoded(decoder, piece, encoding, before, line)
                before += len(piece)
                line += text.count("\n")
                if self._on_bytes is not None:
                    self._on_bytes(before)
                if text:
                    yield text
                if not piece:
                    return
                piece = stream.read(PIECE)

    def _decoded(
        self, decoder: codecs.IncrementalDecoder, piece: bytes, encoding: str, before: int, line: int
    ) -> str:
        held = len(decoder.getstate()[0])
        try:
            return decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            place = max(0, before + start - held)
            after = piece[: max(0, start - held)].count(b"\n")
            raise Invalid(
                f"“{self.path.name}” is not valid {encoding.upper().removesuffix('-SIG')} at byte {place:,} "
                f"(line {line + after:,}). Save it as UTF-8, or name its encoding in the mapping.",
                title="The file's characters cannot be read",
            ) from error


def _encoding_of(start: bytes, asked: str, name: str) -> str:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    for magic, what in _NOT_TEXT:
        if start.startswith(magic):
            raise Invalid(f"“{name}” is {what}.", title="Not a text file")
    if not asked and start[:4096].count(0) * 4 > len(start[:4096]):
        raise Invalid(
            f"“{name}” is binary, or UTF-16 without its mark; name utf-16-le or -be in the mapping.",
            title="Not a text file",
        )
    return asked or "utf-8"


def _unreadable(path: Path, error: OSError) -> Invalid:
    return Invalid(
        f"“{path.name}” cannot be read: {error.strerror or error}.", title="The file cannot be read"
    )


def lines(pieces: Iterator[str]) -> Iterator[str]:
    """The lines of a text in pieces, each with its newline; lone carriage returns split where they stand
    for it.

    Raises Invalid for a line over 16 million characters.
    """
    pending: list[str] = []
    length = 0
    old_mac: bool | None = None
    for piece in pieces:
        if old_mac is None:
            old_mac = "\n" not in piece and "\r" in piece
        parts = (piece.replace("\r", "\n") if old_mac else piece).split("\n")
        for part in parts[:-1]:
            pending.append(part)
            yield "".join(pending) + "\n"
            pending.clear()
            length = 0
        pending.append(parts[-1])
        length += len(parts[-1])
        if length > RECORD_LIMIT:
            raise Invalid(f"A line of the file is longer than {RECORD_LIMIT:,} characters.")
    rest = "".join(pending)
    if rest:
        yield rest
