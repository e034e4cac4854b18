"""Copies of objects inside a bucket, made by the service itself.

One `rewriteTo` request copies an object of any size within a location and storage class at once;
otherwise the service answers with a token, and the request is repeated with it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from requests import Response

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound, StorageUnavailable
from registry_grpc.services.ports.blobstore import StoredBlob
from registry_grpc.storage.gcs_http import (
    NOT_FOUND,
    OK,
    PRECONDITION_FAILED,
    GcsHttp,
    unexpected,
)
from registry_grpc.storage.gcs_session import read_resource

_OTHER_BYTES = "the bucket has other bytes under this digest"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A copy to make. url: of the request. name: of the source, in errors.

    stat: reads the copy. checksum: reads its bytes, for services that state none.
    """

    blob: Blob
    url: str
    name: str
    stat: Callable[[], StoredBlob | None]
    checksum: Callable[[StoredBlob], int]


def copied(http: GcsHttp, rewrite: Rewrite) -> StoredBlob:
    """Copy the object and return the copy, or the one that exists already with these bytes.

    Raises BlobNotFound, BlobCorrupt, StorageUnavailable.
    """
    query: dict[str, str | int] = {"ifGenerationMatch": 0}
    if rewrite.blob.generation:
        query["sourceGeneration"] = rewrite.blob.generation
    backoff = http.backoff()
    while True:
        response = http.send("POST", f"{rewrite.url}?{urlencode(query)}", backoff=backoff)
        if response.status_code == PRECONDITION_FAILED:
            return _existing(rewrite)
        if response.status_code == NOT_FOUND:
            raise BlobNotFound(rewrite.name)
        if response.status_code != OK:
            raise unexpected(response)
        stored, token = _answer(response)
        if stored is not None:
            return _required(rewrite, stored)
        query["rewriteToken"] = token
        backoff.restart()


def _answer(response: Response) -> tuple[StoredBlob | None, str]:
    """Return the copy, or None and the token to continue with."""
    try:
        answer = json.loads(response.content)
        if answer.get("done"):
            return read_resource(answer["resource"]), ""
        return None, str(answer["rewriteToken"])
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise unexpected(response) from error


def _existing(rewrite: Rewrite) -> StoredBlob:
    # Also the reply to a repeated request whose first reply was lost.
    stored = rewrite.stat()
    if stored is None:
        cause = "the copy was deleted while it was made"
        raise StorageUnavailable(cause)
    return _required(rewrite, stored)


def _required(rewrite: Rewrite, stored: StoredBlob) -> StoredBlob:
    if stored.size == rewrite.blob.size:
        found = rewrite.checksum(stored) if stored.crc32c is None else stored.crc32c
        if found == rewrite.blob.crc32c:
            return stored
    raise BlobCorrupt(rewrite.name, _OTHER_BYTES)
