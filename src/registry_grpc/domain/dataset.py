"""What names a data set: a URI, and a digest that pins it."""

import re

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations

_DIGEST = re.compile(r"[a-z0-9][a-z0-9+._-]*:\S+")
# A password; or, where git hosts take a token for the user, any user.
_URI_SECRET = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/?#@\s]*:[^/?#\s]+@|https?://[^/?#\s]+@", re.IGNORECASE
)
URI_BYTES = 4_096
DIGEST_BYTES = 256


def check_dataset(
    found: Violations, uri_path: str, uri: str, digest_path: str, digest: str
) -> None:
    """Note what is wrong with the URI and digest of a data set; '' is right for both."""
    check_text(found, uri_path, uri, URI_BYTES)
    check_no_password(found, uri_path, uri)
    check_content_digest(found, digest_path, digest)


def check_content_digest(found: Violations, path: str, digest: str) -> None:
    """Note it when `digest` is not `<algorithm>:<value>`; '' is right."""
    check_text(found, path, digest, DIGEST_BYTES)
    found.check(
        path,
        not digest or _DIGEST.fullmatch(digest) is not None,
        "must look like sha256:<value>",
    )


def check_no_password(found: Violations, path: str, uri: str) -> None:
    """Note it when a URI has a password or token in it."""
    # What is registered is kept for ever and shown to every reader.
    found.check(path, _URI_SECRET.search(uri) is None, "may not contain a user's password or token")
