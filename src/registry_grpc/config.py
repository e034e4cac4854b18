"""The configuration: one frozen value, read once from flags and `REGISTRY_*` variables."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from registry_grpc.domain.secret import Secret
from registry_grpc.environ import of_kubernetes

PREFIX = "REGISTRY_"
_TESTS = "REGISTRY_TEST_"  # read by the test suite and CI, not by the server
_TRUE, _FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no", ""})


LOG_LEVELS = ("debug", "info", "warning", "error")
_NO_SECRET = Secret()
_WHOLE = re.compile(r"[0-9]{1,6}")
_MOST = 999_999
_MOST_DAYS = 36_500
_PORTS = 65_536
_SERVER = "postgresql://"


class ConfigError(Exception):
    """A setting cannot be used; the message names it and says what it accepts."""


ADMISSION_THREADS, UNKNOWN_THREADS = 2, 1
"""The threads for authentication: independent of those for calls, and of their connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings: `tls_cert` is --tls-cert and REGISTRY_TLS_CERT.

    listen: HOST:PORT, port 0 for any free one. data_dir: of the embedded database and files.
    database: SQLAlchemy URL (it may have a password), '' for the embedded one. blobs: file:///… or
    gs://bucket/prefix, '' for the data folder. metrics_listen: HOST:PORT, '' for none; the first
    of several workers uses this port, each further one the next. insecure: allow plain text beyond
    loopback. log_level: the least level of the lines that are written, one of LOG_LEVELS. workers:
    processes that serve the one port. quota_gib: the quota of each namespace,
    0 for none. gc_every, gc_grace: the interval of garbage collection (0: not by this server), and
    the time between marking and deletion. watch_history: the age of the oldest change at which a
    watch can begin. audit_history_days: the retention of the audit trail, 0 for unlimited.
    stream_idle: the time without progress after which a stream ends. caller_reads, caller_writes,
    caller_watches, caller_reports: streams of ReadBlob, WriteUpload, Watch and ReportDeployments
    that one principal may have open at one process. caller_uploads, caller_uploads_gib: open
    uploads of one principal in a namespace, and the GiB that they may declare. listen_database: a
    URL that leads to PostgreSQL itself, to listen for changes if `database` leads to a pooler; ''
    for `database`. max_clock_jump: how far the clock may be from where it should be before changes
    stop; 0 for any. drain_delay, drain_grace,
    gc_every, gc_grace, watch_history, stream_idle, max_clock_jump: seconds.
    """

    listen: str = "127.0.0.1:50051"
    data_dir: Path = Path("registry-data")
    database: Secret = _NO_SECRET
    blobs: str = ""
    metrics_listen: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    insecure: bool = False
    log_format: str = "console"
    log_level: str = "info"
    threads: int = 16
    workers: int = 1
    quota_gib: int = 0
    gc_every: timedelta = timedelta(minutes=10)
    gc_grace: timedelta = timedelta(hours=1)
    watch_history: timedelta = timedelta(days=7)
    audit_history_days: int = 0
    drain_delay: timedelta = timedelta(0)
    drain_grace: timedelta = timedelta(seconds=20)
    stream_idle: timedelta = timedelta(seconds=60)
    caller_reads: int = 64
    caller_writes: int = 64
    caller_watches: int = 4_096
    caller_reports: int = 16_000
    caller_uploads: int = 500
    caller_uploads_gib: int = 6_144
    listen_database: Secret = _NO_SECRET
    max_clock_jump: timedelta = timedelta(days=1)

    @classmethod
    def load(cls, flags: Mapping[str, object], environ: Mapping[str, str]) -> Self:
        """Return the settings: flags (None: not given) win over variables, those over defaults.

        Raises ConfigError for a variable with our prefix that is not ours, and for values that
        cannot be used, alone or together.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        values = {**_from_environ(environ), **given}
        for name in ("database", "listen_database"):
            if isinstance(url := values.get(name), str):
                values[name] = Secret(url)
        settings = replace(cls(), **values)  # type: ignore[arg-type]
        _check(settings)
        return settings

    @property
    def audit_history(self) -> timedelta:
        """The retention of the audit trail; 0 for permanent."""
        return timedelta(days=self.audit_history_days)

    @property
    def embedded_database(self) -> bool:
        """Whether the database is the SQLite file in the data folder."""
        return not self.database

    @property
    def database_url(self) -> str:
        """The database, embedded or not; may hold a password."""
        return self.database.reveal() or f"sqlite:///{self.embedded_file}"

    @property
    def embedded_file(self) -> Path:
        """The file of the embedded database."""
        return self.data_dir.absolute() / "registry.db"

    @property
    def database_file(self) -> Path | None:
        """The file of the database, embedded or not; None on PostgreSQL."""
        scheme, _, rest = self.database_url.partition("///")
        return Path(rest.partition("?")[0]).absolute() if scheme == "sqlite:" else None

    @property
    def blobs_url(self) -> str:
        """The blob store, embedded or not."""
        return self.blobs or f"file://{self.data_dir.absolute() / 'blobs'}"

    @property
    def heavy_threads(self) -> int:
        """The threads for heavy calls, in addition to those for other calls."""
        return max(1, self.threads // 2)

    @property
    def connections(self) -> int:
        """The database connections: one for each thread that runs calls, and some for admission.

        In addition one each for the follower of the log and the leases of background tasks.
        """
        return self.threads + self.heavy_threads + ADMISSION_THREADS + UNKNOWN_THREADS + 2

    @property
    def on_loopback(self) -> bool:
        """Whether it listens on loopback only."""
        return is_loopback(split_listen("listen", self.listen)[0])

    def variables(self) -> dict[str, str]:
        """Return the variables from which `load` makes equal settings, with secrets."""
        return {
            PREFIX + field.name.upper(): _text(getattr(self, field.name)) for field in fields(self)
        }

    def described(self) -> dict[str, str]:
        """Return every setting as text, with hidden passwords."""
        shown = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        shown["database"] = _without_password(self.database_url)
        shown["listen_database"] = _without_password(self.listen_database.reveal())
        shown["blobs"] = _without_password(self.blobs_url)
        return shown


def _without_password(url: str) -> str:
    # urlsplit does not fit: SQLAlchemy accepts / ? # [ in a password, and libpq one in the query.
    scheme, slashes, rest = url.partition("://")
    login, at, server = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    shown = f"{scheme}{slashes}{user}:***@{server}" if at and colon else url
    return re.sub(r"(password=)[^&]*", r"\1***", shown, flags=re.IGNORECASE)


def split_listen(name: str, text: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT or [V6]:PORT; raise ConfigError."""
    host, _, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not _WHOLE.fullmatch(port) or int(port) >= _PORTS:
        message = f"{name}: must be HOST:PORT, such as 127.0.0.1:50051, not {text[:200]!r}"
        raise ConfigError(message)
    return bare, int(port)


def join_listen(host: str, port: int) -> str:
    """Return HOST:PORT or [V6]:PORT."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether the host is a loopback address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_environ(environ: Mapping[str, str]) -> dict[str, object]:
    defaults = {field.name: field.default for field in fields(Settings)}
    values: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(_TESTS):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in defaults:
            if of_kubernetes(variable, text):
                continue
            known = ", ".join(PREFIX + known.upper() for known in defaults)
            message = f"{variable} is not a setting; there are {known}"
            raise ConfigError(message)
        values[name] = _value(variable, defaults[name], text)
    return values


def _value(variable: str, default: object, text: str) -> object:
    kind = type(default)
    if kind is bool:
        if text.lower() not in _TRUE | _FALSE:
            message = f"{variable}: must be true or false, not {text!r}"
            raise ConfigError(message)
        return text.lower() in _TRUE
    if kind in {str, Secret}:
        return text
    if kind in {int, timedelta}:
        if not _WHOLE.fullmatch(text):
            message = f"{variable}: must be a whole number of up to 6 digits, not {text[:200]!r}"
            raise ConfigError(message)
        return timedelta(seconds=int(text)) if kind is timedelta else int(text)
    return Path(text) if text else default


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return str(value // timedelta(seconds=1))
    if isinstance(value, Secret):
        return value.reveal()
    return "" if value is None else str(value)


def _check(settings: Settings) -> None:
    host, _ = split_listen("listen", settings.listen)
    _check_tls(settings)
    if not settings.tls_cert and not is_loopback(host) and not settings.insecure:
        message = (
            f"listen: {host} can be reached from other machines and there is no TLS; "
            "set tls-cert and tls-key, or insecure to send everything in plain text"
        )
        raise ConfigError(message)
    if settings.log_format not in {"console", "json"}:
        message = f"log-format: must be console or json, not {settings.log_format!r}"
        raise ConfigError(message)
    if settings.log_level not in LOG_LEVELS:
        message = f"log-level: must be {_any_of(LOG_LEVELS)}, not {settings.log_level[:200]!r}"
        raise ConfigError(message)
    _check_numbers(settings)
    _check_metrics(settings)
    _check_urls(settings)


def _any_of(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _check_numbers(settings: Settings) -> None:
    least_and_most = {
        "threads": (1, 256),
        "workers": (1, 64),
        "quota_gib": (0, _MOST),
        "audit_history_days": (0, _MOST_DAYS),
        "caller_reads": (1, _MOST),
        "caller_writes": (1, _MOST),
        "caller_watches": (1, _MOST),
        "caller_reports": (1, _MOST),
        "caller_uploads": (1, _MOST),
        "caller_uploads_gib": (1, _MOST),
    }
    for name, (least, most) in least_and_most.items():
        value = getattr(settings, name)
        if not least <= value <= most:
            message = f"{name.replace('_', '-')}: must be {least} to {most}, not {value}"
            raise ConfigError(message)
    for name in ("drain_delay", "drain_grace", "gc_every", "gc_grace", "watch_history"):
        if not timedelta() <= getattr(settings, name) <= timedelta(seconds=_MOST):
            message = f"{name.replace('_', '-')}: must be 0 to {_MOST} seconds"
            raise ConfigError(message)
    jump = settings.max_clock_jump
    if jump and not timedelta(minutes=1) <= jump <= timedelta(seconds=_MOST):
        message = f"max-clock-jump: must be 60 to {_MOST} seconds, or 0 to believe every clock"
        raise ConfigError(message)
    if not timedelta(seconds=1) <= settings.stream_idle <= timedelta(seconds=_MOST):
        message = f"stream-idle: must be 1 to {_MOST} seconds"
        raise ConfigError(message)
    if timedelta() < settings.audit_history < settings.watch_history:
        message = "audit-history-days: what can be watched is kept: not less than watch-history"
        raise ConfigError(message)


def _check_metrics(settings: Settings) -> None:
    if not settings.metrics_listen:
        return
    _, port = split_listen("metrics-listen", settings.metrics_listen)
    if port and port + settings.workers > _PORTS:
        message = f"metrics-listen: {settings.workers} workers need as many ports from {port} on"
        raise ConfigError(message)


def _check_tls(settings: Settings) -> None:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        message = "tls-cert and tls-key: need each other"
        raise ConfigError(message)
    if settings.tls_client_ca is not None and settings.tls_cert is None:
        message = "tls-client-ca: needs tls-cert and tls-key"
        raise ConfigError(message)
    for name in ("tls_cert", "tls_key", "tls_client_ca"):
        path = getattr(settings, name)
        if path is not None and not path.is_file():
            message = f"{name.replace('_', '-')}: there is no file {path}"
            raise ConfigError(message)


def _check_urls(settings: Settings) -> None:
    if not settings.database_url.startswith((_SERVER, "sqlite:///")):
        # The value may contain a password, and is not repeated.
        message = "database: must be postgresql://… or sqlite:///…"
        raise ConfigError(message)
    direct = settings.listen_database.reveal()
    if direct and not (direct.startswith(_SERVER) and settings.database_url.startswith(_SERVER)):
        message = "listen-database: must be postgresql://…, beside a database that is one too"
        raise ConfigError(message)
    if settings.blobs and not re.match(r"file:///|gs://[^/]", settings.blobs):
        given = _without_password(settings.blobs)
        message = f"blobs: must be file:///… or gs://bucket/prefix, not {given!r}"
        raise ConfigError(message)
