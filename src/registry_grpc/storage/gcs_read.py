"""Reading from a bucket: ranges of one object, and lists of objects."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from requests import Response

from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound
from registry_grpc.services.ports.blobstore import StoredBlob
from registry_grpc.storage.gcs_http import (
    CONNECTION_ERRORS,
    NOT_FOUND,
    OK,
    PARTIAL_CONTENT,
    PRECONDITION_FAILED,
    RANGE_NOT_SATISFIABLE,
    GcsHttp,
    TransientGcsError,
    transient_error,
    unexpected,
)
from registry_grpc.storage.gcs_session import read_resource

PIECE: Final = 1024 * 1024  # bytes; the largest piece that `read_range` yields
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_LISTED = "nextPageToken,items(name,size,crc32c,generation,updated)"
_UNKNOWN_TIME = datetime.max.replace(tzinfo=UTC)  # never old enough to be deleted
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a list."""

    key: str
    blob: StoredBlob
    updated: datetime


def read_range(http: GcsHttp, url: str, *, offset: int, end: int, name: str) -> Iterator[bytes]:
    """Yield the bytes from `offset` to `end` of the object, resuming after dropped connections.

    name: the resource name in errors. Raises BlobNotFound, or BlobCorrupt if it ends earlier.
    """
    backoff = http.backoff()
    while offset < end:
        try:
            with _open_range(http, url, offset, end, name) as response:
                for piece in _pieces(response, end - offset):
                    offset += len(piece)
                    backoff.restart()
                    yield piece
            _require(end, offset)
        except TransientGcsError as problem:
            backoff.wait(problem)


def list_objects(http: GcsHttp, url: str, prefix: str) -> Iterator[Listed]:
    """Yield the objects whose key starts with the prefix, page by page, in the order of keys."""
    query = {"prefix": prefix, "fields": _LISTED}
    while True:
        response = http.send("GET", f"{url}?{urlencode(query)}")
        if response.status_code != OK:
            raise unexpected(response)
        found, token = _page(response)
        yield from found
        if not token:
            return
        query["pageToken"] = token


def _page(response: Response) -> tuple[list[Listed], str]:
    try:
        page = json.loads(response.content)
        items, token = page.get("items", []), page.get("nextPageToken", "")
        return [listed for item in items if (listed := _listed(item)) is not None], token
    except (ValueError, AttributeError, TypeError) as error:
        raise unexpected(response) from error


def _listed(item: Mapping[str, str]) -> Listed | None:
    """Read an object of a list; None, and a log line, for one that cannot be read."""
    try:
        updated = item.get("updated")
        return Listed(
            key=item["name"],
            blob=read_resource(item),
            updated=datetime.fromisoformat(updated) if updated else _UNKNOWN_TIME,
        )
    except (ValueError, KeyError, TypeError) as error:
        _log.warning("an object in the list of the bucket cannot be read: %r", error)
        return None


def _open_range(http: GcsHttp, url: str, offset: int, end: int, name: str) -> Response:
    """Request bytes `offset` to `end`; raise BlobNotFound, or BlobCorrupt if it ends earlier."""
    headers = {"Range": f"bytes={offset}-{end - 1}", "Accept-Encoding": "identity"}
    response = http.once("GET", url, headers=headers, stream=True)
    status = response.status_code
    if status == PARTIAL_CONTENT:
        span = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if span and int(span[1]) == offset:
            if int(span[2]) >= end:
                return response
            status = RANGE_NOT_SATISFIABLE
    with response:
        if status in {NOT_FOUND, PRECONDITION_FAILED}:
            raise BlobNotFound(name)
        if status == RANGE_NOT_SATISFIABLE:
            raise BlobCorrupt(name)
        raise unexpected(response)


def _pieces(response: Response, wanted: int) -> Iterator[bytes]:
    """Yield at most `wanted` bytes of the body; raises TransientGcsError."""
    body = response.iter_content(PIECE)
    while wanted:
        try:
            piece = next(body, b"")
        except CONNECTION_ERRORS as error:
            raise transient_error(error, response.url) from None
        if not piece:
            return
        yield piece[:wanted]
        wanted -= len(piece[:wanted])


def _require(end: int, offset: int) -> None:
    if offset < end:
        message = f"the reply ended {end - offset} bytes early"
        raise TransientGcsError(message)
