# Generated from _async/profiles.py by scripts/generate_sync.py: never edit this.
"""Profiles of reference data, as files of versions."""

from datetime import datetime

from modelregistry._sync.concurrency import run_blocking
from modelregistry._sync.pull import PullMethods
from modelregistry.drift import Profile
from modelregistry.drift.document import FILE_NAME, MAX_BYTES, absent, parse
from modelregistry.types import Version


class ProfileMethods(PullMethods):
    """load_profile."""

    def load_profile(self, ref: str | Version, *, as_of: datetime | None = None) -> Profile:
        """Return the profile that a version was pushed with.

        Only `PROFILE.json` is downloaded. Nothing in it is trusted: it is verified against the root
        digest of the version, and each value is checked.

        Raises ProfileInvalid for a version without a valid `PROFILE.json`, and the errors of
        `resolve` and `list_files`.
        """
        version = ref if isinstance(ref, Version) else self.resolve(ref, as_of=as_of)
        files = {file.path: file for file in self._manifest(version)}
        entry = files.get(FILE_NAME)
        if entry is None:
            raise absent()
        return run_blocking(parse, self._small_file(version, entry, MAX_BYTES))
