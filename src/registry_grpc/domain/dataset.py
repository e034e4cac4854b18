"""The identity of a dataset: a URI, and a digest that pins it."""

import re

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations

_DIGEST = re.compile(r"[a-z0-9][a-z0-9+._-]*:\S+")
# It is searched in texts of any length, and must not backtrack.
_AUTHORITY = re.compile(
    r"(?<![a-z0-9+.-])([a-z0-9+.-]+)://(?=([^/?#\s]*))",
    re.IGNORECASE,
)
URI_BYTES = 4_096
DIGEST_BYTES = 256


def check_dataset(
    found: Violations, uri_path: str, uri: str, digest_path: str, digest: str
) -> None:
    """Add violations of the URI and digest of a dataset; '' is valid for both."""
    check_text(found, uri_path, uri, URI_BYTES)
    check_no_password(found, uri_path, uri)
    check_content_digest(found, digest_path, digest)


def check_content_digest(found: Violations, path: str, digest: str) -> None:
    """Add a violation if `digest` is not `<algorithm>:<value>`; '' is valid."""
    check_text(found, path, digest, DIGEST_BYTES)
    found.check(
        path,
        not digest or _DIGEST.fullmatch(digest) is not None,
        "must look like sha256:<value>",
    )


def check_no_password(found: Violations, path: str, uri: str) -> None:
    """Add a violation if a URI contains a password or token."""
    # Registered values are kept permanently and are visible to every reader.
    secret = any(_has_secret(*parts) for parts in _AUTHORITY.findall(uri))
    found.check(path, not secret, "may not contain a user's password or token")


def _has_secret(scheme: str, authority: str) -> bool:
    """Whether the URI has a password, or any user where git hosts accept a token as the user."""
    user, _, _ = authority.rpartition("@")
    _, _, password = user.partition(":")
    return bool(password or (user and scheme.lower().endswith(("http", "https"))))
