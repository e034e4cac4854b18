"""Signed addresses (V4), as a bucket checks them: an address with one changed letter gets a 403."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.auth.crypt import RSASigner
from google.oauth2.service_account import Credentials

SIGNER = "registry@project.iam.gserviceaccount.com"
_LONGEST = timedelta(days=7)
_SIGNATURE = re.compile(r"&X-Goog-Signature=([0-9a-f]+)\Z")


class Refused(Exception):
    """The address has no valid signature of a known account, or has expired."""


class ServiceAccount:
    """An account with its own key, made for one test."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

    def credentials(self) -> Credentials:
        """The credentials that `google-auth` signs with."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        signer = RSASigner.from_string(pem)  # type: ignore[no-untyped-call]
        return Credentials(signer, SIGNER, "http://127.0.0.1:1/token")  # type: ignore[no-untyped-call]

    def check(self, method: str, target: str, headers: dict[str, str], now: datetime) -> None:
        """Raise Refused unless this very request was signed, and is not too late.

        target: path and query as they came. headers: names in lower case.
        """
        path, _, query = target.partition("?")
        fields = dict(parse_qsl(query))
        signature = _SIGNATURE.search(query)
        if signature is None or fields.get("X-Goog-Algorithm") != "GOOG4-RSA-SHA256":
            raise Refused("no signature")
        self._in_time(fields, now)
        names = fields["X-Goog-SignedHeaders"]
        signed = "".join(f"{name}:{headers[name].strip()}\n" for name in names.split(";"))
        canonical = "\n".join(
            [method, path, query[: signature.start()], signed, names, "UNSIGNED-PAYLOAD"]
        )
        scope = f"{fields['X-Goog-Date'][:8]}/auto/storage/goog4_request"
        if fields["X-Goog-Credential"] != f"{SIGNER}/{scope}" or "host" not in names.split(";"):
            raise Refused("another signer, scope or host")
        digest = sha256(canonical.encode()).hexdigest()
        message = "\n".join(["GOOG4-RSA-SHA256", fields["X-Goog-Date"], scope, digest])
        try:
            self._key.public_key().verify(
                bytes.fromhex(signature[1]), message.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature as error:
            raise Refused("SignatureDoesNotMatch") from error

    @staticmethod
    def _in_time(fields: dict[str, str], now: datetime) -> None:
        begin = datetime.strptime(fields["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        valid_for = timedelta(seconds=int(fields["X-Goog-Expires"]))
        if valid_for > _LONGEST or not begin - timedelta(minutes=15) <= now < begin + valid_for:
            raise Refused("expired")


def object_name(bucket: str, target: str) -> str | None:
    """Return the object (still quoted) that such an address leads to; None if to none."""
    path = urlsplit(target).path
    return path.removeprefix(f"/{bucket}/") if path.startswith(f"/{bucket}/") else None
