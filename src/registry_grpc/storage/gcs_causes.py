"""Why a request to a bucket failed: one line for operators, without secrets.

The texts of the HTTP library's errors quote URLs, and that of an upload session grants write
access. So the reason is taken from the error at the bottom, and a place is host and bucket alone.
"""

import json
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from google.auth.exceptions import GoogleAuthError
from requests import Response, Timeout
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import NameResolutionError
from urllib3.exceptions import TimeoutError as PoolTimeout

from registry_grpc.domain.secret import HIDDEN

_MOST = 300  # characters of what a server says
_BUCKET = re.compile(r"/b/([^/]+)/o")
_SECRET = re.compile(r"((?:upload_id|access_token|token|key|signature)=)[^&\s\"']+", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def place_of(url: str) -> str:
    """Return the bucket, if the URL has one, and the host: `gs://models at 127.0.0.1:4443`."""
    parts = urlsplit(url)
    bucket = _BUCKET.search(parts.path)
    host = parts.netloc.rpartition("@")[2]
    if not bucket:
        return host
    return f"gs://{unquote(bucket[1])}" + (f" at {host}" if host else "")


def reason_of(error: BaseException) -> str:
    """Return the reason of the error at the bottom of the libraries' ones."""
    chain = list(_chain(error))
    found = next(filter(None, map(_known, chain)), "") or next(filter(None, map(_late, chain)), "")
    if found or not isinstance(error, GoogleAuthError):
        return found or type(error).__name__
    said = next((text for text in error.args if isinstance(text, str)), "")
    return f"{type(error).__name__}: {_shown(said)}"


def _known(error: BaseException) -> str:
    """Return the reason that one error is; "" if it only wraps another."""
    if isinstance(error, NameResolutionError | socket.gaierror):
        return "the name of the host cannot be resolved"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {getattr(error, 'verify_message', '') or error.reason or 'it failed'}"
    if isinstance(error, InvalidSchema | MissingSchema | InvalidURL):
        return "its address is not http://… or https://…, see STORAGE_EMULATOR_HOST"
    if isinstance(error, OSError) and error.errno and error.strerror:
        return error.strerror
    return ""


def _late(error: BaseException) -> str:
    return "no answer in time" if isinstance(error, Timeout | PoolTimeout) else ""


def reply_of(response: Response) -> str:
    """Return where an unexpected reply came from, its status, and the message of its error."""
    return f"{place_of(response.url)}: status {response.status_code}{_message_of(response)}"


def _message_of(response: Response) -> str:
    try:
        message = json.loads(response.content)["error"]["message"]
    except (ValueError, LookupError, TypeError, OSError):
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        return f" ({_shown(kind)}, not an answer of Google Cloud Storage)" if kind else ""
    return f": {_shown(str(message))}"


def _shown(text: str) -> str:
    line = _SECRET.sub(rf"\1{HIDDEN}", _SPACES.sub(" ", text).strip())
    return line if len(line) <= _MOST else f"{line[:_MOST]}…"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it was made of, each once."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
