import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.config import LOG_LEVELS, ConfigError, Settings, is_loopback, split_listen
from registry_grpc.domain.secret import Secret
from tests.support.faults.amount import examples

_quick = settings(max_examples=examples(100))
TLS = ("tls_cert", "tls_key", "tls_client_ca")
NAMES = [field.name for field in fields(Settings)]
VARIABLES = {
    "REGISTRY_LISTEN": ("127.0.0.1:1234", "127.0.0.1:1234"),
    "REGISTRY_DATA_DIR": ("/srv/registry", Path("/srv/registry")),
    "REGISTRY_DATABASE": ("postgresql://db/registry", Secret("postgresql://db/registry")),
    "REGISTRY_BLOBS": ("gs://bucket/prefix", "gs://bucket/prefix"),
    "REGISTRY_METRICS_LISTEN": ("127.0.0.1:9090", "127.0.0.1:9090"),
    "REGISTRY_TLS_CERT": ("", None),
    "REGISTRY_TLS_KEY": ("", None),
    "REGISTRY_TLS_CLIENT_CA": ("", None),
    "REGISTRY_INSECURE": ("true", True),
    "REGISTRY_LOG_FORMAT": ("json", "json"),
    "REGISTRY_LOG_LEVEL": ("warning", "warning"),
    "REGISTRY_THREADS": ("7", 7),
    "REGISTRY_WORKERS": ("2", 2),
    "REGISTRY_QUOTA_GIB": ("3", 3),
    "REGISTRY_GC_EVERY": ("0", timedelta(0)),
    "REGISTRY_GC_GRACE": ("60", timedelta(seconds=60)),
    "REGISTRY_WATCH_HISTORY": ("3600", timedelta(hours=1)),
    "REGISTRY_AUDIT_HISTORY_DAYS": ("365", 365),
    "REGISTRY_DRAIN_DELAY": ("5", timedelta(seconds=5)),
    "REGISTRY_DRAIN_GRACE": ("0", timedelta(0)),
    "REGISTRY_STREAM_IDLE": ("5", timedelta(seconds=5)),
    "REGISTRY_CALLER_READS": ("9", 9),
    "REGISTRY_CALLER_WRITES": ("9", 9),
    "REGISTRY_CALLER_WATCHES": ("9", 9),
    "REGISTRY_CALLER_REPORTS": ("9", 9),
    "REGISTRY_CALLER_UPLOADS": ("9", 9),
    "REGISTRY_CALLER_UPLOADS_GIB": ("9", 9),
    "REGISTRY_LISTEN_DATABASE": ("", Secret()),
    "REGISTRY_MAX_CLOCK_JUMP": ("60", timedelta(minutes=1)),
}


def load(environ: dict[str, str] | None = None, **flags: object) -> Settings:
    return Settings.load(flags, environ or {})


def refused(environ: dict[str, str] | None = None, **flags: object) -> str:
    with pytest.raises(ConfigError) as refusal:
        load(environ, **flags)
    return str(refusal.value)


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, Path]:
    files = {name: tmp_path / name for name in TLS}
    for path in files.values():
        path.write_text("pem")
    return files


# --- where values come from ------------------------------------------------------------------


def test_without_anything_the_defaults_are_in_force() -> None:
    settings_ = load()
    assert settings_ == Settings()
    assert settings_.listen == "127.0.0.1:50051"
    assert settings_.embedded_database
    assert settings_.on_loopback


def test_every_setting_has_a_variable() -> None:
    assert {f"REGISTRY_{name.upper()}" for name in NAMES} == set(VARIABLES)


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_wins_over_the_default(variable: str) -> None:
    text, value = VARIABLES[variable]
    name = variable.removeprefix("REGISTRY_").lower()
    assert getattr(load({variable: text}), name) == value


def test_a_flag_wins_over_the_variable_and_a_flag_not_given_does_not() -> None:
    environ = {"REGISTRY_LISTEN": "127.0.0.1:1", "REGISTRY_THREADS": "3"}
    settings_ = load(environ, listen="127.0.0.1:2", threads=None, insecure=None)
    assert (settings_.listen, settings_.threads, settings_.insecure) == ("127.0.0.1:2", 3, False)


def test_a_flag_can_say_no_to_a_variable() -> None:
    assert load({"REGISTRY_INSECURE": "true"}, insecure=False).insecure is False


def test_the_flag_that_wins_repairs_a_variable_that_could_not_be_used() -> None:
    assert load({"REGISTRY_LOG_FORMAT": "xml"}, log_format="json").log_format == "json"


@pytest.mark.parametrize(
    "variable",
    ["REGISTRY_LISTN", "REGISTRY_", "REGISTRY_DATABASE_URL", "REGISTRY_LISTEN_", "REGISTRY_TLS"],
)
def test_an_unknown_variable_is_refused_by_name_without_its_value(variable: str) -> None:
    message = refused({variable: "hunter2"})
    assert variable in message
    assert "REGISTRY_LISTEN" in message
    assert "hunter2" not in message


def test_variables_of_others_are_left_alone() -> None:
    environ = {"PATH": "/bin", "MODELREG_TOKEN": "t", "XREGISTRY_A": "", "REGISTRY": ""}
    assert load(environ) == Settings()
    tests = {"REGISTRY_TEST_REQUIRE_ALL": "1", "REGISTRY_TEST_ATTACKS": "brief"}
    assert load(tests) == Settings()


@pytest.mark.parametrize("text", ["1", "true", "TRUE", "yes", "Yes"])
def test_yes_has_several_spellings(text: str) -> None:
    assert load({"REGISTRY_INSECURE": text}).insecure is True


@pytest.mark.parametrize("text", ["", "0", "false", "no", "No"])
def test_no_has_several_spellings(text: str) -> None:
    assert load({"REGISTRY_INSECURE": text}).insecure is False


@pytest.mark.parametrize("text", ["2", "on", "maybe", " true", "tru"])
def test_neither_yes_nor_no_is_refused(text: str) -> None:
    assert "REGISTRY_INSECURE" in refused({"REGISTRY_INSECURE": text})


@pytest.mark.parametrize("variable", ["REGISTRY_THREADS", "REGISTRY_DRAIN_DELAY"])
@pytest.mark.parametrize(
    "text", ["", "-1", "1.5", "1e3", "ten", " 5", "5\n", "1_0", "²", "9" * 30, "9" * 5_000]
)
def test_what_is_no_whole_number_of_a_sensible_size_is_refused(variable: str, text: str) -> None:
    name = variable.removeprefix("REGISTRY_").lower()
    message = refused({variable: text})
    assert name in message.lower().replace("-", "_")
    assert len(message) < 1_000


def test_an_empty_data_dir_is_the_default() -> None:
    assert load({"REGISTRY_DATA_DIR": ""}).data_dir == Settings().data_dir


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
seconds = st.integers(0, 999_999).map(lambda n: timedelta(seconds=n))
tls_settings = st.sampled_from(
    [(False, False, False), (True, True, False), (True, True, True)]
).map(lambda given_: [Path(__file__) if file else None for file in given_])
every_other_field = st.fixed_dictionaries(
    {
        "listen": st.sampled_from(["127.0.0.1:0", "[::1]:65535", "localhost:1"]),
        "data_dir": texts.map(Path),
        "database": st.just("") | texts.map("postgresql://u:{}@db/registry".format),
        "blobs": st.just("") | texts.map("file:///{}".format),
        "metrics_listen": st.sampled_from(["", "127.0.0.1:9090"]),
        "insecure": st.booleans(),
        "log_format": st.sampled_from(["console", "json"]),
        "log_level": st.sampled_from(LOG_LEVELS),
        "threads": st.integers(1, 256),
        "workers": st.integers(1, 64),
        "quota_gib": st.integers(0, 999_999),
        "gc_every": seconds,
        "gc_grace": seconds,
        "watch_history": seconds,
        "audit_history_days": st.just(0) | st.integers(12, 36_500),
        "drain_delay": seconds,
        "drain_grace": seconds,
        "stream_idle": st.integers(1, 999_999).map(lambda n: timedelta(seconds=n)),
        "caller_reads": st.integers(1, 999_999),
        "caller_writes": st.integers(1, 999_999),
        "caller_watches": st.integers(1, 999_999),
        "caller_reports": st.integers(1, 999_999),
        "caller_uploads": st.integers(1, 999_999),
        "caller_uploads_gib": st.integers(1, 999_999),
        "listen_database": st.just(""),
        "max_clock_jump": st.integers(60, 999_999).map(lambda n: timedelta(seconds=n)),
    }
)


@given(every_other_field, tls_settings)
@_quick
def test_settings_survive_the_way_through_variables(
    others: dict[str, object], tls_files: list[Path | None]
) -> None:
    given_ = {**others, **dict(zip(TLS, tls_files, strict=True))}
    assert set(given_) == set(NAMES)
    settings_ = load({}, **given_)
    assert load(settings_.variables()) == settings_


# --- what can be used ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "listen, parts",
    [
        ("127.0.0.1:50051", ("127.0.0.1", 50051)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:65535", ("::1", 65535)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),  # noqa: S104 - parsed, not bound
        ("registry.example.org:443", ("registry.example.org", 443)),
    ],
)
def test_an_address_has_a_host_and_a_port(listen: str, parts: tuple[str, int]) -> None:
    assert split_listen("listen", listen) == parts


@pytest.mark.parametrize(
    "listen",
    [
        *("", ":", "localhost", ":50051", "localhost:", "localhost:x", "localhost:-1"),
        *("localhost:65536", "localhost: 1", "localhost:1 ", "localhost:1\n", "localhost:²"),
        *("localhost:" + "9" * 5_000, "50051", "[]:1"),
    ],
)
@pytest.mark.parametrize("name", ["listen", "metrics_listen"])
def test_anything_else_is_no_address(name: str, listen: str) -> None:
    if (name, listen) == ("metrics_listen", ""):
        return
    assert refused({}, **{name: listen}).startswith(name.replace("_", "-"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *("0.0.0.0", "::", "", "192.168.0.1", "example.org", "localhost.example.org"),  # noqa: S104
        *("127.0.0.1.example.org", "127.1", "2130706433", "::ffff:10.0.0.1", "ip6-localhost"),
    ],
)
def test_everything_that_is_not_surely_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1"])
def test_plain_text_beyond_loopback_must_be_asked_for(listen: str, tls: dict[str, Path]) -> None:
    assert "insecure" in refused({}, listen=listen)
    assert not load({}, listen=listen, insecure=True).on_loopback
    assert load({}, listen=listen, tls_cert=tls["tls_cert"], tls_key=tls["tls_key"]).tls_cert


def test_certificate_and_key_need_each_other(tls: dict[str, Path]) -> None:
    for name in ("tls_cert", "tls_key"):
        assert "need each other" in refused({}, **{name: tls[name]})


def test_a_client_authority_needs_a_certificate(tls: dict[str, Path]) -> None:
    assert refused({}, tls_client_ca=tls["tls_client_ca"]).startswith("tls-client-ca")
    assert load({}, **tls).tls_client_ca == tls["tls_client_ca"]


@pytest.mark.parametrize("name", TLS)
def test_files_that_are_named_must_be_there(name: str, tls: dict[str, Path]) -> None:
    for missing in (tls[name].with_name("missing"), tls[name].parent):
        message = refused({}, **{**tls, name: missing})
        assert message.startswith(name.replace("_", "-"))
        assert str(missing) in message


def test_tls_files_can_come_from_variables(tls: dict[str, Path]) -> None:
    environ = {f"REGISTRY_{name.upper()}": str(path) for name, path in tls.items()}
    assert load(environ).tls_key == tls["tls_key"]


@pytest.mark.parametrize("log_format", ["", "JSON", "text"])
def test_a_log_is_for_the_console_or_json(log_format: str) -> None:
    assert refused({}, log_format=log_format).startswith("log-format")


@pytest.mark.parametrize("threads, accepted", [(0, False), (1, True), (256, True), (257, False)])
def test_the_number_of_threads_has_limits(threads: int, accepted: bool) -> None:
    if accepted:
        assert load({}, threads=threads).threads == threads
    else:
        assert refused({}, threads=threads).startswith("threads")


@pytest.mark.parametrize("workers, accepted", [(0, False), (1, True), (64, True), (65, False)])
def test_the_number_of_workers_has_limits(workers: int, accepted: bool) -> None:
    if accepted:
        assert load({}, workers=workers).workers == workers
    else:
        assert refused({}, workers=workers).startswith("workers")


@pytest.mark.parametrize("quota, accepted", [(-1, False), (0, True), (10**6, False)])
def test_a_quota_has_limits(quota: int, accepted: bool) -> None:
    if accepted:
        assert load({}, quota_gib=quota).quota_gib == quota
    else:
        assert refused({}, quota_gib=quota).startswith("quota-gib")


@pytest.mark.parametrize("port, accepted", [(0, True), (65_534, True), (65_535, False)])
def test_each_worker_has_a_port_for_its_metrics(port: int, accepted: bool) -> None:
    listen = f"127.0.0.1:{port}"
    if accepted:
        assert load({}, metrics_listen=listen, workers=2).metrics_listen == listen
    else:
        assert refused({}, metrics_listen=listen, workers=2).startswith("metrics-listen")


def test_the_audit_trail_is_kept_for_ever_or_for_some_days() -> None:
    assert load({}).audit_history == timedelta(0)
    assert load({}, audit_history_days=400).audit_history == timedelta(days=400)
    for days in (-1, 36_501):
        assert refused({}, audit_history_days=days).startswith("audit-history-days")


def test_the_audit_trail_is_not_shorter_than_what_can_be_watched() -> None:
    two_days = timedelta(days=2)
    assert load({}, audit_history_days=2, watch_history=two_days).audit_history == two_days
    assert "watch-history" in refused({}, audit_history_days=1, watch_history=two_days)


@pytest.mark.parametrize(
    "name", ["drain_delay", "drain_grace", "gc_every", "gc_grace", "watch_history"]
)
def test_time_neither_runs_backwards_nor_for_ever(name: str) -> None:
    for seconds in (-1, 10**6):
        assert name.replace("_", "-") in refused({}, **{name: timedelta(seconds=seconds)})


@pytest.mark.parametrize(
    "database",
    ["postgresql://u:hunter2@db/registry", "postgresql:///registry", "sqlite:////srv/registry.db"],
)
def test_a_database_is_postgresql_or_sqlite(database: str) -> None:
    settings_ = load({}, database=database)
    assert settings_.database_url == database
    assert not settings_.embedded_database


@pytest.mark.parametrize(
    "database",
    [
        "mysql://u:hunter2@db/registry",
        "postgres://u:hunter2@db/registry",
        "POSTGRESQL://u:hunter2@db/registry",
        "u:hunter2@db/registry",
        "//u:hunter2@db",
        "registry.db",
        "postgresql",
        "sqlite",
        "postgresql:u:hunter2@db",
        " postgresql://u:hunter2@db/registry",
    ],
)
def test_any_other_database_is_refused_without_repeating_it(database: str) -> None:
    message = refused({}, database=database)
    assert message.startswith("database")
    assert "hunter2" not in message


@pytest.mark.parametrize("blobs", ["file:///srv/blobs", "gs://bucket", "gs://bucket/pre/fix"])
def test_blobs_are_files_or_in_a_bucket(blobs: str) -> None:
    assert load({}, blobs=blobs).blobs_url == blobs


@pytest.mark.parametrize(
    "blobs", ["s3://bucket", "/srv/blobs", "file://srv/blobs", "gs:/bucket", "gs://", "gs:///x"]
)
def test_any_other_blob_store_is_refused(blobs: str) -> None:
    assert refused({}, blobs=blobs).startswith("blobs")


def test_the_embedded_parts_live_in_the_data_folder(tmp_path: Path) -> None:
    settings_ = load({}, data_dir=tmp_path)
    assert settings_.database_url == f"sqlite:///{tmp_path / 'registry.db'}"
    assert settings_.blobs_url == f"file://{tmp_path / 'blobs'}"


def test_a_relative_data_folder_is_made_absolute() -> None:
    assert load({}, data_dir=Path("here")).blobs_url == f"file://{Path.cwd() / 'here/blobs'}"


# --- what may be shown -----------------------------------------------------------------------


def test_every_setting_is_described() -> None:
    assert set(load().described()) == set(NAMES)


@pytest.mark.parametrize(
    "database",
    [
        "postgresql://user:hunter2@db/registry",
        "postgresql://user:hunter2@db:5432/registry?sslmode=require",
        "postgresql://:hunter2@db/registry",
        "postgresql://user:hunter2@/registry",
        "postgresql://user:hunter2:x@db/registry",
        "postgresql://user:x@hunter2@db/registry",
        "postgresql://user:hunter2@[::1]:5432/registry",
        # SQLAlchemy reads these passwords too.
        "postgresql://user:x/hunter2@db/registry",
        "postgresql://user:x?hunter2@db/registry",
        "postgresql://user:x#hunter2@db/registry",
        "postgresql://user:x[hunter2@db/registry",
        "postgresql://user:hunter2\t@db/registry",
        "postgresql://user:hunter2℀@db/registry",
        # And libpq reads this one.
        "postgresql://db/registry?user=user&password=hunter2",
        "postgresql:///registry?sslpassword=hunter2",
    ],
)
def test_no_description_shows_a_password(database: str) -> None:
    shown = load({}, database=database).described()
    assert "hunter2" not in repr(shown)
    assert shown["database"].startswith("postgresql://")
    if "@" in database:
        assert "registry" in shown["database"]


def test_a_url_without_a_password_is_shown_as_it_is() -> None:
    for url in ("postgresql://user@db/registry", "postgresql:///registry?host=/run/pg"):
        assert load({}, database=url).described()["database"] == url


passwords = st.text(st.characters(codec="utf-8", exclude_characters="@"), min_size=6, max_size=12)
schemes = st.sampled_from(["postgresql", "postgres", "mysql", "sqlite", "", "postgresql+asyncpg"])


@given(schemes, passwords, st.sampled_from(["@db/registry", "@", "@db:port/x", "", "@[::1/x"]))
@_quick
def test_no_refusal_and_no_description_ever_holds_the_password(
    scheme: str, password: str, rest: str
) -> None:
    # A secret that no message of ours holds by chance.
    secret = "\U0001f511" + password
    url = f"{scheme}://user:{secret}{rest}"
    for environ in (
        {"REGISTRY_DATABASE": url},
        {"REGISTRY_DATABASE": url, "REGISTRY_THREADS": "0"},
    ):
        try:
            shown = " ".join(Settings.load({}, environ).described().values())
        except ConfigError as refusal:
            shown = str(refusal)
        if rest.startswith("@"):
            assert "\U0001f511" not in shown


def test_a_setting_that_does_not_exist_is_a_bug_of_the_caller() -> None:
    with pytest.raises(TypeError, match=re.escape("colour")):
        load({}, colour="red")


@pytest.mark.parametrize("url", ["s3://ann:hunter2@bucket", "gs://ann:hunter2@bucket/prefix"])
def test_a_password_in_the_address_of_a_bucket_is_hidden(url: str) -> None:
    try:
        shown = str(Settings.load({"blobs": url}, {}).described())
    except ConfigError as error:
        shown = str(error)
    assert "***@bucket" in shown
    assert "hunter2" not in shown


# --- what others put into the environment ----------------------------------------------------

OF_A_SERVICE = {
    "SERVICE_HOST": "10.96.0.12",
    "SERVICE_PORT": "50051",
    "SERVICE_PORT_GRPC": "50051",
    "SERVICE_PORT_HTTP_METRICS": "9090",
    "PORT": "tcp://10.96.0.12:50051",
    "PORT_50051_TCP": "tcp://10.96.0.12:50051",
    "PORT_50051_TCP_PROTO": "tcp",
    "PORT_50051_TCP_PORT": "50051",
    "PORT_50051_TCP_ADDR": "10.96.0.12",
    "PORT_443_UDP_ADDR": "fd00::12",
}


@pytest.mark.parametrize("service", ["REGISTRY", "REGISTRY_METRICS", "REGISTRY_GRPC_V2"])
def test_a_pod_beside_a_service_called_registry_starts(service: str) -> None:
    environ = {f"{service}_{name}": value for name, value in OF_A_SERVICE.items()}
    assert load(environ) == Settings()
    assert load({**environ, "REGISTRY_THREADS": "7"}).threads == 7


@pytest.mark.parametrize(
    "variable,text",
    [
        ("REGISTRY_PORT", "50051"),
        ("REGISTRY_PORT", ""),
        ("REGISTRY_METRICS_PORT", "9090"),
        ("REGISTRY_SERVICE", "x"),
        ("REGISTRY_HOST", "10.96.0.12"),
        ("REGISTRY_SERVICE_HOSTS", "10.96.0.12"),
        ("REGISTRY_PORT_GRPC_TCP", "tcp://10.96.0.12:50051"),
        ("REGISTRY_PORT_50051_TCP_HOST", "10.96.0.12"),
    ],
)
def test_a_misspelled_variable_is_still_found(variable: str, text: str) -> None:
    assert refused({variable: text}).startswith(f"{variable} is not a setting; there are REGISTRY_")


def test_a_level_of_the_log_is_one_of_four() -> None:
    assert load(log_level="error").log_level == "error"
    for level in ("INFO", "verbose", ""):
        assert refused(log_level=level) == (
            f"log-level: must be debug, info, warning or error, not {level!r}"
        )
