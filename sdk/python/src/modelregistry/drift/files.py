"""PROFILE.json as a file of a push."""

from contextlib import ExitStack

from modelregistry import drift
from modelregistry._local.files import LocalFile, scan
from modelregistry._local.temporary import temporary_folder
from modelregistry.drift.document import FILE_NAME, to_bytes
from modelregistry.drift.profiles import Profile


def profile_files(profile: object, stack: ExitStack) -> list[LocalFile]:
    """Write the profile, or that of a table, to a folder that exists until the end of the stack.

    Returns no file for None. Raises the errors of `drift.profile`, and OSError.
    """
    if profile is None:
        return []
    made = profile if isinstance(profile, Profile) else drift.profile(profile)
    path = stack.enter_context(temporary_folder()) / FILE_NAME
    path.write_bytes(to_bytes(made))
    return scan(path)
