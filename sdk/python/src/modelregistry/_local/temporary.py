"""Temporary folders, of which none stays for long if its process is killed."""

import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from modelregistry._local.stages import NEW, opened_stage, remove_left

_NAME: Final = "modelregistry-temporary"


def temporary_folder(above: Path | None = None) -> AbstractContextManager[Path]:
    """Return a new folder that no other user can read, and that is removed at the end of the block.

    It is in TMPDIR or in the folder `above`. Folders there that killed processes of this user have
    left are removed first. Raises OSError when none can be created.
    """
    place = above or Path(tempfile.gettempdir())
    place.mkdir(parents=True, exist_ok=True)
    remove_left(place, _NAME, NEW, only_own=True)
    return opened_stage(place, _NAME, private=True)
