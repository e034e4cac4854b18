"""TLS and mutual TLS from files that are read again when they change."""

from dataclasses import dataclass
from pathlib import Path

import grpc

from registry_grpc.telemetry import log, log_failure


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. client_ca: certificates that clients must be signed by; None asks for none."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Return credentials that follow their files: new connections see what was written last.

    Raises OSError when a file cannot be read now. Later a change that cannot be read or used is
    logged, and the last good files stay in use.
    """
    watcher = _Watcher(files)
    return grpc.dynamic_ssl_server_credentials(
        watcher.load(),
        watcher.changed,  # type: ignore[arg-type] # the stubs forget None, which means no change
        require_client_authentication=files.client_ca is not None,
    )


class _Watcher:
    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._stamps: tuple[int, ...] = ()

    def load(self) -> grpc.ServerCertificateConfiguration:
        self._stamps = self._read_stamps()
        files = self._files
        return grpc.ssl_server_certificate_configuration(
            [(files.key.read_bytes(), files.certificate.read_bytes())],
            root_certificates=files.client_ca.read_bytes() if files.client_ca else None,
        )

    def changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return what to use from now on, None for no change. Called for every new connection."""
        try:
            if self._read_stamps() == self._stamps:
                return None
            loaded = self.load()
        except OSError as error:
            # gRPC would refuse the connection if this raised: the last good files are better.
            log_failure("TLS files could not be read; the last ones stay in use", error)
            return None
        log("TLS files reloaded", {"certificate": str(self._files.certificate)})
        return loaded

    def _read_stamps(self) -> tuple[int, ...]:
        files = (self._files.certificate, self._files.key, self._files.client_ca)
        return tuple(file.stat().st_mtime_ns for file in files if file is not None)
