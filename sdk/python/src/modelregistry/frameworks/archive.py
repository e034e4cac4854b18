"""Archives of frameworks: refused before they are read if they would fill the memory."""

from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from modelregistry.errors import ModelDocumentInvalid

_MAX_GROWTH: Final = 20
"""Frameworks compress little or nothing by default; zlib reaches 1,000 for zeros."""
_SMALL_BYTES: Final = 64 * 1024 * 1024


def require_bounded(path: Path) -> None:
    """Raise ModelDocumentInvalid for an archive whose contents far exceed its size.

    Also for a file that is no archive of zip.
    """
    try:
        with ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except BadZipFile as error:
        message = f"{path.name} is not an archive: {error}"
        raise ModelDocumentInvalid(message) from error
    if size > _MAX_GROWTH * path.stat().st_size + _SMALL_BYTES:
        message = f"{path.name} would grow to {size:,} bytes"
        raise ModelDocumentInvalid(message)
