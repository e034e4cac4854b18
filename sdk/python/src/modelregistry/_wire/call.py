"""The metadata of each call: its id and the token of its caller."""

import uuid

from modelregistry.errors import ConfigurationError

DETAIL_BYTES = 1024 * 1024
"""The bytes of details that this client can receive with an error; see channel.options."""

Metadata = tuple[tuple[str, str], ...]


def new_id() -> str:
    """Return a random UUID as the id of a call, or of a mutation that may be repeated."""
    return str(uuid.uuid4())


def metadata(call_id: str, token: str | None) -> Metadata:
    """Return the metadata of a call; raise ConfigurationError for a token that no header holds."""
    common = (("x-request-id", call_id), ("x-registry-detail-bytes", str(DETAIL_BYTES)))
    if token is None:
        return common
    bare = token.strip()
    if not bare or not bare.isascii() or not bare.isprintable():
        message = "the token is empty or has characters that no token has"
        raise ConfigurationError(message)
    return (*common, ("authorization", f"Bearer {bare}"))
