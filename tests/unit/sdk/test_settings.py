"""Where the client connects, and what it refuses to do in the open."""

from pathlib import Path

import pytest

from modelregistry import Client, errors
from modelregistry._secret import Secret
from modelregistry._wire import call
from modelregistry._wire.settings import Tls, complete, is_loopback


@pytest.mark.parametrize(
    "target",
    [
        "localhost:50051",
        "LOCALHOST:1",
        "127.0.0.1:50051",
        "127.8.8.8:1",
        "[::1]:50051",
        "::1",
        "ipv4:127.0.0.1:1",
        "ipv6:[::1]:1",
        "dns:///localhost:1",
        "dns:localhost:1",
        "unix:/run/registry.sock",
        "unix-abstract:registry",
    ],
)
def test_this_machine_is_spoken_to_in_plain_text(target: str) -> None:
    assert is_loopback(target)
    assert complete(target, token="t").plaintext


@pytest.mark.parametrize(
    "target",
    [
        "registry.example:443",
        "localhost.example:443",
        "10.0.0.1:50051",
        "0.0.0.0:50051",
        "dns://8.8.8.8/localhost:1",
        "ipv4:127.0.0.1:1,10.0.0.1:1",
        "[2001:db8::1]:443",
        "dns",
    ],
)
def test_any_other_machine_is_spoken_to_in_tls(target: str) -> None:
    assert not is_loopback(target)
    assert not complete(target, token="t").plaintext


def test_a_token_goes_out_in_plain_text_only_when_asked_twice() -> None:
    with pytest.raises(errors.ConfigurationError, match="unencrypted"):
        Client("registry.example:80", token="secret-token", plaintext=True)
    assert complete("registry.example:80", plaintext=True).plaintext
    settings = complete("registry.example:80", token="t", plaintext=True, token_in_plaintext=True)
    assert settings.plaintext


def test_the_token_from_the_environment_is_guarded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELREG_TOKEN", "secret-token")
    monkeypatch.setenv("MODELREG_SERVER", "registry.example:80")
    with pytest.raises(errors.ConfigurationError) as caught:
        complete(None, plaintext=True)
    assert "secret-token" not in str(caught.value)
    settings = complete(None)
    assert (settings.target, settings.token) == ("registry.example:80", Secret("secret-token"))
    assert "secret-token" not in f"{settings} {settings!r} {settings.token} {settings.token!r}"


def test_tls_files_ask_for_tls_also_on_this_machine() -> None:
    assert not complete("localhost:1", tls=Tls(ca="ca.pem")).plaintext
    with pytest.raises(errors.ConfigurationError):
        complete("localhost:1", tls=Tls(ca="ca.pem"), plaintext=True)
    with pytest.raises(errors.ConfigurationError):
        complete("localhost:1", tls=Tls(cert="cert.pem"))
    with pytest.raises(errors.ConfigurationError):
        complete("localhost:1", timeout=0)


def test_a_missing_certificate_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with Client("localhost:1", ca=tmp_path / "none.pem") as client, pytest.raises(OSError):  # noqa: PT011
        client.get_model("fraud")


@pytest.mark.parametrize("token", ["", "  ", "with\nnewline", "smörgås"])
def test_a_token_that_cannot_be_a_header_is_not_quoted(token: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        call.metadata("id", token)
    assert not token.strip() or token not in str(caught.value)


def test_a_token_may_end_in_a_newline_as_files_do() -> None:
    assert dict(call.metadata("id", "secret\n"))["authorization"] == "Bearer secret"


def test_a_service_of_kubernetes_called_modelreg_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = complete(None)
    for name, value in {
        "SERVICE_HOST": "10.96.0.12",
        "SERVICE_PORT": "50051",
        "SERVICE_PORT_GRPC": "50051",
        "PORT": "tcp://10.96.0.12:50051",
        "PORT_50051_TCP_ADDR": "10.96.0.12",
    }.items():
        for service in ("MODELREG", "MODELREG_CACHE", "MODELREG_SERVER"):
            monkeypatch.setenv(f"{service}_{name}", value)
    assert complete(None) == before
