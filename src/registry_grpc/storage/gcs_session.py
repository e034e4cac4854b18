"""The resumable upload protocol of Google Cloud Storage, one request at a time.

The requests:

    POST  .../o?uploadType=resumable   begins; the reply's Location is the session's URL
    PUT   Content-Range: bytes a-b/*   more bytes; 308 with `Range: bytes=0-n` states the stored
    bytes, maybe fewer than were sent; no Range: nothing is stored PUT   Content-Range: bytes a-b/N
    the last bytes; 200 and the object is visible PUT   Content-Range: bytes */*     queries the
    stored bytes DELETE                             cancels; 499

Google's own client is not used for this: it finalizes an abandoned writer from the garbage
collector, and a 308 that acknowledges less than was sent makes it drop the whole upload.
"""

import base64
import json
import logging
import re
from collections.abc import Mapping
from typing import Self
from urllib.parse import urljoin

from requests import Response

from registry_grpc.domain.errors import StorageUnavailable
from registry_grpc.services.ports.blobstore import SessionLost, StoredBlob
from registry_grpc.storage.gcs_http import (
    BAD_REQUEST,
    CLIENT_CLOSED_REQUEST,
    CREATED,
    GONE,
    NO_CONTENT,
    NOT_FOUND,
    OK,
    PRECONDITION_FAILED,
    RESUME_INCOMPLETE,
    Backoff,
    GcsHttp,
    TransientGcsError,
    unexpected,
)

QUANTUM = 256 * 1024  # bytes; all but the last PUT of a session are a multiple of it

_log = logging.getLogger(__name__)
_OF_AN_OBJECT = frozenset({"name", "size", "generation"})
_RANGE = re.compile(r"(?:bytes[= ])?0-(\d+)")  # some servers omit the unit


class AlreadyPublished(Exception):
    """The object exists: another writer published it first, or the reply cannot be read."""


class ChecksumRefused(Exception):
    """The received bytes do not match the sent checksum; nothing became visible."""


class ResumableSession:
    """One upload session. Used by one thread at a time."""

    def __init__(self, http: GcsHttp, address: str) -> None:
        """Continue the session at `address`, a secret that grants write access."""
        self._http = http
        self._address = address

    @property
    def address(self) -> str:
        """The secret URL with which another process can resume the session."""
        return self._address

    @classmethod
    def start(cls, http: GcsHttp, url: str, *, size: int, backoff: Backoff | None = None) -> Self:
        """Begin a session for an object of `size` bytes; raise AlreadyPublished on a 412."""
        headers = {
            "Content-Type": "application/json",
            "X-Upload-Content-Type": "application/octet-stream",
            "X-Upload-Content-Length": str(size),
        }
        response = http.send("POST", url, headers=headers, body=b"{}", backoff=backoff)
        if response.status_code == PRECONDITION_FAILED:
            raise AlreadyPublished
        if response.status_code not in {OK, CREATED} or "Location" not in response.headers:
            raise unexpected(response)
        # Some servers answer with a path only.
        return cls(http, urljoin(response.url, response.headers["Location"]))

    def put(self, offset: int, data: memoryview) -> int | StoredBlob:
        """Send bytes that are not the last; return the number of stored bytes of the object.

        `len(data)` is a multiple of QUANTUM. After an error it queries the state, without a retry.
        """
        headers = {"Content-Range": f"bytes {offset}-{offset + len(data) - 1}/*"}
        return self._put(headers, offset, data)

    def finish(self, offset: int, data: memoryview, crc32c: int) -> int | StoredBlob:
        """Send the last bytes; return the visible object, or the number of stored bytes.

        Raises AlreadyPublished, ChecksumRefused, SessionLost.
        """
        total = offset + len(data)
        span = f"{offset}-{total - 1}" if data else "*"
        checksum = base64.b64encode(crc32c.to_bytes(4, "big")).decode()
        headers = {"Content-Range": f"bytes {span}/{total}", "x-goog-hash": f"crc32c={checksum}"}
        return self._put(headers, offset, data)

    def query(self) -> int | StoredBlob:
        """Return the number of stored bytes, or the object if it is visible already.

        Raises AlreadyPublished, ChecksumRefused, SessionLost.
        """
        headers = {"Content-Range": "bytes */*"}
        return _progress(self._http.send("PUT", self._address, headers=headers))

    def cancel(self) -> None:
        """Cancel the session. Never raises: the service ends a session by itself after a week."""
        try:
            status = self._http.once("DELETE", self._address).status_code
        except (TransientGcsError, StorageUnavailable) as error:
            _log.warning("could not cancel an upload session: %s", error)
            return
        if status not in {OK, NO_CONTENT, CLIENT_CLOSED_REQUEST, NOT_FOUND, GONE}:
            _log.warning("could not cancel an upload session: status %d", status)

    def _put(self, headers: dict[str, str], offset: int, data: memoryview) -> int | StoredBlob:
        try:
            progress = _progress(self._http.once("PUT", self._address, headers=headers, body=data))
        except TransientGcsError:
            return self.query()
        if isinstance(progress, int) and progress < offset:
            # These bytes were acknowledged before. A reply that lost its Range header looks the
            # same, and must not restart the upload.
            return self.query()
        return progress


def stored_blob(response: Response) -> StoredBlob:
    """Read a reply with an object resource of the JSON API; raise StorageUnavailable."""
    try:
        return read_resource(json.loads(response.content))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise unexpected(response) from error


def read_resource(resource: Mapping[str, str]) -> StoredBlob:
    """Read an object resource; raise ValueError, AttributeError or TypeError for an invalid one.

    Servers that are not Google's omit a size of 0, and fields that they do not have: without
    generations it is 0, without a checksum None. The caller checks size and checksum.
    """
    if _OF_AN_OBJECT.isdisjoint(resource):
        message = "not an object resource"
        raise ValueError(message)
    crc32c = resource.get("crc32c")
    return StoredBlob(
        size=int(resource.get("size", 0)),
        crc32c=int.from_bytes(base64.b64decode(crc32c), "big") if crc32c else None,
        generation=int(resource.get("generation", 0)),
    )


def _progress(response: Response) -> int | StoredBlob:
    status = response.status_code
    if status in {OK, CREATED}:
        try:
            return stored_blob(response)
        except StorageUnavailable as error:
            # The session repeats its reply for ever: only the object itself can answer.
            raise AlreadyPublished from error
    if status == RESUME_INCOMPLETE:
        kept = _RANGE.fullmatch(response.headers.get("Range", ""))
        return int(kept[1]) + 1 if kept else 0
    if status in {NOT_FOUND, GONE, CLIENT_CLOSED_REQUEST}:
        raise SessionLost
    if status in {BAD_REQUEST, PRECONDITION_FAILED} and b"crc32c" in response.content.lower():
        raise ChecksumRefused
    if status == PRECONDITION_FAILED:
        raise AlreadyPublished
    raise unexpected(response)
