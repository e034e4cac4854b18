"""Credentials, connections and signatures of Google's client."""

from datetime import timedelta
from typing import Final

from google.auth.credentials import AnonymousCredentials, Signing
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.cloud.storage import Client
from requests import Session
from requests.adapters import HTTPAdapter

from registry_grpc.domain.errors import StorageUnavailable
from registry_grpc.storage.gcs_causes import reason_of

LONGEST_VALIDITY: Final = timedelta(days=7)  # of a signed URL, by Google's rules


def connect(endpoint: str | None, *, connections: int) -> Client:
    """Return a client for up to `connections` concurrent requests.

    endpoint: None for Google's own (or the emulator in STORAGE_EMULATOR_HOST); credentials are
    never sent over plain http. Raises ValueError without credentials.
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
    session = authorized_session(client)
    for each in (session, session._auth_request.session):  # type: ignore[attr-defined]  # noqa: SLF001
        for scheme in ("https://", "http://"):
            # The default pool keeps 10 connections and closes others after each request: a TLS
            # handshake per chunk. With this one a request waits for a connection.
            each.mount(scheme, HTTPAdapter(pool_maxsize=connections, pool_block=True))
    return client


def authorized_session(client: Client) -> Session:
    """Return the session that adds the client's credentials to requests."""
    session: Session = client._http  # noqa: SLF001 (the protocol is ours, the rest Google's)
    return session


def own_signer(client: Client) -> Signing | None:
    """Return the client's credentials if they can sign, as those of a service account can."""
    credentials = client._credentials  # noqa: SLF001 (no public way)
    return credentials if isinstance(credentials, Signing) else None


class UrlSigner:
    """Signs URLs of one bucket's objects, V4."""

    def __init__(self, client: Client, bucket: str, credentials: Signing) -> None:
        """Sign with `credentials`, without a request."""
        self._bucket = client.bucket(bucket)
        self._base = str(client.api_endpoint).rstrip("/")
        self._credentials = credentials

    def sign(self, key: str, *, generation: int, valid_for: timedelta) -> str:
        """Return a URL to GET this generation. valid_for: 1 s to LONGEST_VALIDITY."""
        try:
            url = self._bucket.blob(key).generate_signed_url(
                version="v4",
                method="GET",
                expiration=valid_for,
                generation=generation,
                credentials=self._credentials,
                api_access_endpoint=self._base,
            )
        except GoogleAuthError as error:  # some credentials call a service to sign
            cause = f"a URL cannot be signed: {reason_of(error)}"
            raise StorageUnavailable(cause) from None
        return str(url)
