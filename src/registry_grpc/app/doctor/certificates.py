"""Checks of the TLS files: the key fits, and the certificates are valid for some time."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from registry_grpc.app.doctor.finding import Check, Finding, failed, passed, warned
from registry_grpc.app.sources import clock
from registry_grpc.config import Settings

_SOON: Final = timedelta(days=14)
_END: Final = "-----END CERTIFICATE-----"
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_LONG: Final = 0x80  # a length of several bytes follows
_VERSION: Final = 0xA0  # the optional first field of a certificate
_UTC_TIME: Final = 0x17
_RENEW = "renew it; a running server reads the new files by itself"


def certificate_checks(settings: Settings) -> list[Check]:
    """Return the checks."""
    return [Check("TLS", lambda: _tls(settings), "check --tls-cert and --tls-key")]


def _tls(settings: Settings) -> Iterator[Finding]:
    certificate, key, authority = settings.tls_cert, settings.tls_key, settings.tls_client_ca
    if certificate is None or key is None:
        if settings.on_loopback:
            yield passed("TLS", "none: plain text, on this machine only")
        else:
            advice = "set --tls-cert and --tls-key"
            yield warned("TLS", "none: tokens and models are sent unencrypted", advice)
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            advice = "use the key that the certificate was made for"
            yield failed("TLS", f"{key} does not fit {certificate}", advice)
        else:
            found = f"{certificate} and {key} cannot be read as PEM files without a password"
            yield failed("TLS", found, "check --tls-cert and --tls-key")
        return
    yield passed("TLS", f"{key} fits {certificate}")
    yield from _expiry("certificate", certificate)
    if authority is not None:
        context.load_verify_locations(authority)
        yield from _expiry("client CA", authority)


def _expiry(check: str, path: Path) -> Iterator[Finding]:
    """Compare the first certificate of a file that ends with now."""
    begin, end = min((_validity(each) for each in _certificates(path)), key=lambda each: each[1])
    left, now = end - clock(), clock()
    found = f"{path} is valid until {end:%Y-%m-%d %H:%M} UTC"
    if begin > now:
        yield failed(check, f"{path} is valid from {begin:%Y-%m-%d %H:%M} UTC on", _RENEW)
    elif left <= timedelta():
        yield failed(check, f"{path} expired at {end:%Y-%m-%d %H:%M} UTC", _RENEW)
    else:
        yield warned(check, found, _RENEW) if left < _SOON else passed(check, found)


def _certificates(path: Path) -> Iterator[bytes]:
    """Yield the certificates of a PEM file, DER-encoded; raise ValueError without any."""
    text = path.read_text("ascii", errors="replace")
    parts = [part for part in text.split(_END) if _BEGIN in part]
    if not parts:
        message = f"{path} contains no certificate"
        raise ValueError(message)
    for part in parts:
        yield ssl.PEM_cert_to_DER_cert(_BEGIN + part.partition(_BEGIN)[2] + _END)


def _validity(der: bytes) -> tuple[datetime, datetime]:
    """Return from when to when a certificate is valid (RFC 5280, section 4.1)."""
    _, certificate, _ = _element(der)
    _, fields, _ = _element(certificate)
    tag, _, rest = _element(fields)
    if tag == _VERSION:
        _, _, rest = _element(rest)  # serial number
    for _ in range(2):  # algorithm and issuer
        _, _, rest = _element(rest)
    _, validity, _ = _element(rest)
    kind, begin, rest = _element(validity)
    end_kind, end, _ = _element(rest)
    return _time(kind, begin), _time(end_kind, end)


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Return the tag and the content of the first element, and what follows it."""
    tag, length, at = der[0], der[1], 2
    if length & _LONG:
        at += length & ~_LONG
        length = int.from_bytes(der[2:at], "big")
    return tag, der[at : at + length], der[at + length :]


def _time(kind: int, text: bytes) -> datetime:
    form = "%y%m%d%H%M%SZ" if kind == _UTC_TIME else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC)
