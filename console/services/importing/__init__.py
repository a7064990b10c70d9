"""Tickets out of other systems' files: formats, mapping, preview and reading; ``load`` is what stores them.

The usual way: ``detect`` the format, start from its ``preset``, show ``preview``, adjust the mapping,
then ``read``.
"""

from console.services.importing.formats import Format, detect
from console.services.importing.mapping import FIELDS, LEAVE_OUT, WORDS, Mapping
from console.services.importing.mapping_file import adjusted, from_toml, load_mapping, save_mapping, to_toml
from console.services.importing.plan import read
from console.services.importing.presets import preset
from console.services.importing.preview import Preview, Word, preview
from console.services.importing.records import Cancelled, ImportedComment, ImportedTicket, Rejected, Side
from console.services.importing.rejects import rejects_path, write_rejects

__all__ = [
    "FIELDS",
    "LEAVE_OUT",
    "WORDS",
    "Cancelled",
    "Format",
    "ImportedComment",
    "ImportedTicket",
    "Mapping",
    "Preview",
    "Rejected",
    "Side",
    "Word",
    "adjusted",
    "detect",
    "from_toml",
    "load_mapping",
    "preset",
    "preview",
    "read",
    "rejects_path",
    "save_mapping",
    "to_toml",
    "write_rejects",
]
