"""Blobs in a bucket of Google Cloud Storage.

Objects are addressed through the JSON API over google-cloud-storage's own authorized session;
`gcs_upload` writes them. See `layout` for the keys.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlencode

import google_crc32c
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.storage import Client
from requests import Response, Session
from requests.adapters import HTTPAdapter
from typing_extensions import override

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound
from registry_grpc.services.ports.blobstore import BlobStore, StagedBlob, StoredBlob
from registry_grpc.storage import layout
from registry_grpc.storage.gcs_http import (
    CONNECTION_TROUBLE,
    NO_CONTENT,
    NOT_FOUND,
    OK,
    PARTIAL_CONTENT,
    PRECONDITION_FAILED,
    RANGE_NOT_SATISFIABLE,
    GcsHttp,
    GcsTrouble,
    Patience,
    trouble,
    unexpected,
)
from registry_grpc.storage.gcs_session import (
    QUANTUM,
    AlreadyPublished,
    ResumableSession,
    stored_blob,
)
from registry_grpc.storage.gcs_upload import Destination, GcsStagedBlob

PIECE: Final = 1024 * 1024  # bytes; the largest piece that `read` yields
CHUNK: Final = 8 * 1024 * 1024  # bytes; what an upload sends at once and holds in memory
_CHECK_DEADLINE = timedelta(seconds=5)  # whoever asks about health wants an answer soon
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


def connect(endpoint: str | None, *, connections: int) -> Client:
    """Return a client with room for `connections` requests at once.

    endpoint: None for Google's own (or the emulator that STORAGE_EMULATOR_HOST names); to an
    address in plain http no credentials are ever sent. Raises ValueError without credentials.
    """
    plain = endpoint is not None and not endpoint.startswith("https://")
    try:
        client = Client(
            project=None,
            credentials=AnonymousCredentials() if plain else None,  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": endpoint} if endpoint else None,
        )
    except DefaultCredentialsError as error:
        message = "a gs:// store needs Google credentials, and none were found"
        raise ValueError(message) from error
    session = client._http  # noqa: SLF001 (see `_authorized_session`)
    for each in (session, session._auth_request.session):  # noqa: SLF001 (no public way)
        for scheme in ("https://", "http://"):
            # The default pool keeps 10 connections and throws the others away after each
            # request: a TLS handshake per chunk. This one makes a request wait for its turn.
            each.mount(scheme, HTTPAdapter(pool_maxsize=connections, pool_block=True))
    return client


def _authorized_session(client: Client) -> Session:
    session: Session = client._http  # noqa: SLF001 (the protocol is ours, the rest Google's)
    return session


class GcsBlobStore(BlobStore):
    """Blobs below a prefix of one bucket."""

    def __init__(
        self,
        client: Client,
        bucket: str,
        prefix: str = "",
        *,
        patience: Patience | None = None,
        chunk: int = CHUNK,
    ) -> None:
        """Use a client made by `connect`. chunk: bytes, a multiple of 256 KiB.

        Raises RuntimeError where crc32c would be computed in Python, a thousand times slower.
        """
        if google_crc32c.implementation != "c":
            message = "google-crc32c has no C extension here; install a wheel that has one"
            raise RuntimeError(message)
        if chunk <= 0 or chunk % QUANTUM:
            message = f"the chunk must be a multiple of {QUANTUM} bytes, not {chunk}"
            raise ValueError(message)
        patience = patience or Patience()
        self._http = GcsHttp(_authorized_session(client), patience)
        deadline = min(patience.deadline, _CHECK_DEADLINE)
        self._check_patience = replace(patience, deadline=deadline)
        self._base = str(client.api_endpoint).rstrip("/")
        self._bucket = quote(bucket, safe="")
        self._prefix = prefix
        self._chunk = chunk

    @override
    def stage(self, namespace: str, digest: Digest, upload_id: str, size: int) -> StagedBlob:
        start_url = self._upload_url(layout.blob_key(namespace, digest))
        destination = Destination(
            name=layout.blob_name(namespace, digest),
            start=lambda: ResumableSession.start(self._http, start_url, size=size),
            stat=lambda: self.stat(namespace, digest),
            delete=lambda generation: self.delete(namespace, digest, generation=generation),
        )
        return GcsStagedBlob(destination, self._http, self._chunk)

    @override
    def stat(self, namespace: str, digest: Digest) -> StoredBlob | None:
        url = self._object_url(namespace, digest, fields="size,crc32c,generation")
        response = self._http.send("GET", url)
        if response.status_code == NOT_FOUND:
            return None
        if response.status_code != OK:
            raise unexpected(response)
        return stored_blob(response)

    @override
    def read(
        self, namespace: str, digest: Digest, *, generation: int, offset: int, length: int
    ) -> Iterator[bytes]:
        name = layout.blob_name(namespace, digest)
        if not length:
            found = self.stat(namespace, digest)
            if found is None or found.generation != generation:
                raise BlobNotFound(name)
            return
        url = self._object_url(namespace, digest, alt="media", generation=generation)
        end = offset + length
        backoff = self._http.backoff()
        while offset < end:
            try:
                with self._open_range(url, offset, end, name) as response:
                    for piece in _pieces(response, end - offset):
                        offset += len(piece)
                        backoff.restart()
                        yield piece
                _require(end, offset)
            except GcsTrouble as problem:
                backoff.wait(problem)

    @override
    def delete(self, namespace: str, digest: Digest, *, generation: int) -> None:
        url = self._object_url(namespace, digest, ifGenerationMatch=generation)
        response = self._http.send("DELETE", url)
        if response.status_code not in {OK, NO_CONTENT, NOT_FOUND, PRECONDITION_FAILED}:
            raise unexpected(response)

    @override
    def check(self) -> None:
        """Begin an upload and give it up: the bucket exists and we may write to it."""
        url = self._upload_url(layout.CHECK)
        backoff = self._http.backoff(self._check_patience)
        try:
            ResumableSession.start(self._http, url, size=0, backoff=backoff).cancel()
        except AlreadyPublished as error:
            message = f"an object lies at {layout.CHECK}"
            raise RuntimeError(message) from error

    def _open_range(self, url: str, offset: int, end: int, name: str) -> Response:
        """Ask for bytes `offset` to `end`; raise BlobNotFound, BlobCorrupt if it ends before."""
        headers = {"Range": f"bytes={offset}-{end - 1}", "Accept-Encoding": "identity"}
        response = self._http.once("GET", url, headers=headers, stream=True)
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

    def _upload_url(self, key: str) -> str:
        query = {
            "uploadType": "resumable",
            "name": layout.under(self._prefix, key),
            "ifGenerationMatch": 0,
        }
        return f"{self._base}/upload/storage/v1/b/{self._bucket}/o?{urlencode(query)}"

    def _object_url(self, namespace: str, digest: Digest, **query: str | int) -> str:
        key = quote(layout.under(self._prefix, layout.blob_key(namespace, digest)), safe="")
        return f"{self._base}/storage/v1/b/{self._bucket}/o/{key}?{urlencode(query)}"


def _pieces(response: Response, wanted: int) -> Iterator[bytes]:
    """Yield at most `wanted` bytes of the body; raise GcsTrouble when the connection drops."""
    body = response.iter_content(PIECE)
    while wanted:
        try:
            piece = next(body, b"")
        except CONNECTION_TROUBLE as error:
            raise trouble(error) from None
        if not piece:
            return
        yield piece[:wanted]
        wanted -= len(piece[:wanted])


def _require(end: int, offset: int) -> None:
    if offset < end:
        message = f"the answer ended {end - offset} bytes early"
        raise GcsTrouble(message)
