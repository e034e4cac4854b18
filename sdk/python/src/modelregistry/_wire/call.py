"""What each call carries: its id and who is calling."""

import uuid

from modelregistry.errors import ConfigurationError

Metadata = tuple[tuple[str, str], ...]


def new_id() -> str:
    """Return an id for a call, or for a mutation that may be repeated: a random UUID."""
    return str(uuid.uuid4())


def metadata(call_id: str, token: str | None) -> Metadata:
    """Return the metadata of a call; ConfigurationError when the token cannot be a header."""
    if token is None:
        return (("x-request-id", call_id),)
    bare = token.strip()
    if not bare or not bare.isascii() or not bare.isprintable():
        message = "the token is empty or has characters that no token has"
        raise ConfigurationError(message)
    return (("x-request-id", call_id), ("authorization", f"Bearer {bare}"))
