"""TLS and mutual TLS from files that are read again when they change."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

from registry_grpc.telemetry import log, log_failure


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. client_ca: CA certificates for client certificates; None requires none."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Return credentials that follow their files: new connections see what was written last.

    Raises OSError when a file cannot be read or used now. Later a change that cannot be read or
    used is logged, the last good files stay in use, and the files are read again until they are
    good.
    """
    watcher = _Watcher(files)
    return grpc.dynamic_ssl_server_credentials(
        watcher.load(),
        watcher.changed,  # type: ignore[arg-type] # the stubs forget None, which means no change
        require_client_authentication=files.client_ca is not None,
    )


class _Watcher:
    """Compares the contents of the files, because copies may keep their times."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._used: tuple[bytes, ...] = ()
        self._failure = ""

    def load(self) -> grpc.ServerCertificateConfiguration:
        """Return the contents of the files; raises OSError, also for a wrong key."""
        read = self._read()
        self._check()
        configuration = _configuration(read)
        self._used = read
        return configuration

    def changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return the new credentials, None for no change.

        Called for every new connection. A failure is logged once until it changes: peers determine
        how often this is called.
        """
        try:
            if self._read() == self._used:
                self._failure = ""
                return None
            loaded = self.load()
        except OSError as error:
            # If this raised, gRPC would reject the connection: the last good files are used
            # instead.
            if str(error) != self._failure:
                self._failure = str(error)
                log_failure("TLS files could not be read; the last ones stay in use", error)
            return None
        self._failure = ""
        log("TLS files reloaded", {"certificate": str(self._files.certificate)})
        return loaded

    def _read(self) -> tuple[bytes, ...]:
        files = (self._files.key, self._files.certificate, self._files.client_ca)
        return tuple(file.read_bytes() for file in files if file is not None)

    def _check(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Otherwise the password would be requested on the terminal.
        context.load_cert_chain(self._files.certificate, self._files.key, password=lambda: b"")


def _configuration(read: Sequence[bytes]) -> grpc.ServerCertificateConfiguration:
    key, certificate, *client_ca = read
    roots = client_ca[0] if client_ca else None
    return grpc.ssl_server_certificate_configuration([(key, certificate)], root_certificates=roots)
