"""Access control: tokens, roles, TLS; and no reply or log has a secret."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import grpc
import pytest
import trustme

from modelregistry.v1 import (
    access_pb2,
    artifact_service_pb2,
    catalog_service_pb2,
    lookup_service_pb2,
    model_pb2,
)
from tests.support.content import NAMESPACE
from tests.support.python import SERVER, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal, refused

LIST = catalog_service_pb2.ListModelsRequest(parent=NAMESPACE)
CREATE = catalog_service_pb2.CreateModelRequest(parent=NAMESPACE, model_id="m")
ADMIN = catalog_service_pb2.CreateNamespaceRequest(namespace_id="risk")


def registry_grpc(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the server's command line."""
    return run_python((*SERVER, *arguments))


def bearing(secret: str, scheme: str = "Bearer") -> Sequence[tuple[str, str]]:
    """Return the metadata of a call with a token."""
    return [("authorization", f"{scheme} {secret}")]


def reason(stubs: Stubs, method: str, request: object, secret: str | None = None) -> str:
    """Return 'OK' or the reason of a refusal."""
    metadata = bearing(secret) if secret else ()
    try:
        reply = getattr(stubs, method)(request, metadata=metadata)
        list(reply) if hasattr(reply, "__iter__") else None
    except grpc.RpcError as error:
        return refusal(error).reason
    return "OK"


def test_without_any_token_a_loopback_server_trusts_its_machine(
    own_registry: RegistryProcess,
) -> None:
    own_registry.start()
    with connected(own_registry.target) as stubs:
        created = stubs.CreateModel(CREATE)
    assert created.creator == "local"


def test_from_the_first_token_on_everybody_needs_one(own_registry: RegistryProcess) -> None:
    secret = own_registry.token("ci", "writer")
    own_registry.start()
    with connected(own_registry.target) as stubs:
        assert reason(stubs, "ListModels", LIST) == "TOKEN_REQUIRED"
        assert reason(stubs, "ListModels", LIST, "mrt_wrong") == "TOKEN_INVALID"
        other_scheme = refused(
            lambda r: stubs.ListModels(r, metadata=bearing(secret, "Basic")), LIST
        )
        assert (other_scheme.code, other_scheme.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")
        created: model_pb2.Model = stubs.CreateModel(CREATE, metadata=bearing(secret))
    assert created.creator == "ci"


def test_roles_include_what_the_contract_says(own_registry: RegistryProcess) -> None:
    secrets = {role: own_registry.token(role, role) for role in ("reader", "writer", "admin")}
    own_registry.start()
    with connected(own_registry.target) as stubs:
        table = {
            role: [
                reason(stubs, method, request, secret)
                for method, request in (("ListModels", LIST), ("CreateNamespace", ADMIN))
            ]
            for role, secret in secrets.items()
        }
        assert table == {
            "reader": ["OK", "PERMISSION_DENIED"],
            "writer": ["OK", "PERMISSION_DENIED"],
            "admin": ["OK", "OK"],
        }
        assert reason(stubs, "CreateModel", CREATE, secrets["reader"]) == "PERMISSION_DENIED"
        assert reason(stubs, "CreateModel", CREATE, secrets["writer"]) == "OK"


def test_a_reader_is_refused_by_every_method_that_does_not_only_read(
    own_registry: RegistryProcess,
) -> None:
    """Permission comes first: an empty request is denied before anything else is wrong with it."""
    secret = own_registry.token("eve", "reader")
    own_registry.start()
    found = {}
    with connected(own_registry.target) as stubs:
        for file in (catalog_service_pb2, artifact_service_pb2, lookup_service_pb2):
            for service in file.DESCRIPTOR.services_by_name.values():
                for method in service.methods:
                    if method.GetOptions().Extensions[access_pb2.access][0].permission > 1:
                        request = getattr(file, method.input_type.name)()
                        message = iter([request]) if method.client_streaming else request
                        found[method.name] = reason(stubs, method.name, message, secret)
    assert len(found) > 15
    assert set(found.values()) == {"PERMISSION_DENIED"}


def test_a_revoked_or_expired_token_stops_working(own_registry: RegistryProcess) -> None:
    keep = own_registry.token("keep", "reader")
    place = ("--data-dir", str(own_registry.data_dir))
    gone = registry_grpc("token", "create", "gone", "--expires", "30d", *place).stdout.strip()
    listed = registry_grpc("token", "list", "--json", *place)
    token_id = next(line for line in listed.stdout.split("},") if '"gone"' in line).split(
        '"id": "'
    )[1][:12]
    own_registry.start()
    with connected(own_registry.target) as stubs:
        assert reason(stubs, "ListModels", LIST, gone) == "OK"
        assert registry_grpc("token", "revoke", "--yes", token_id, *place).returncode == 0
        until = time.monotonic() + 10
        while reason(stubs, "ListModels", LIST, gone) == "OK":
            assert time.monotonic() < until, "a revoked token must stop working within a second"
        assert reason(stubs, "ListModels", LIST, gone) == "TOKEN_INVALID"
        assert reason(stubs, "ListModels", LIST, keep) == "OK"


def test_no_secret_is_told_in_logs_lists_or_errors(own_registry: RegistryProcess) -> None:
    secret = own_registry.token("ci", "reader")
    own_registry.start()
    with connected(own_registry.target) as stubs:
        refused(lambda r: stubs.CreateModel(r, metadata=bearing(secret)), CREATE)
        refused(lambda r: stubs.CreateModel(r, metadata=bearing(secret + "x")), CREATE)
    own_registry.stop()
    listed = registry_grpc("token", "list", "--data-dir", str(own_registry.data_dir))

    assert "ci" in listed.stdout
    stored = (own_registry.data_dir / "registry.db").read_bytes()
    for text in (own_registry.log, listed.stdout, listed.stderr, stored.decode("latin-1")):
        assert secret not in text
        assert secret.removeprefix("mrt_") not in text


def test_plain_text_beyond_loopback_is_refused_unless_asked_for(tmp_path: Path) -> None:
    place = ("--data-dir", str(tmp_path))
    done = registry_grpc("serve", "--listen", "0.0.0.0:0", *place)
    assert done.returncode == 2
    assert "insecure" in done.stderr


@pytest.mark.parametrize("option", ["--role", "--expires"])
def test_a_token_of_a_kind_that_there_is_not_is_wrong_usage(tmp_path: Path, option: str) -> None:
    place = ("--data-dir", str(tmp_path))
    assert registry_grpc("migrate", *place).returncode == 0
    done = registry_grpc("token", "create", "x", option, "boss", *place)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {option}: ")


def test_an_unknown_token_id_is_a_clear_failure(tmp_path: Path) -> None:
    place = ("--data-dir", str(tmp_path))
    assert registry_grpc("migrate", *place).returncode == 0
    done = registry_grpc("token", "revoke", "--yes", "nothing", *place)
    assert done.returncode == 1
    assert done.stderr == "error: token nothing does not exist\n"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def write_certificate(authority: trustme.CA, folder: Path, name: str = "localhost") -> None:
    """Issue a certificate and write it where the server looks for it."""
    folder.mkdir(exist_ok=True)
    issued = authority.issue_cert(name)
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    for number, part in enumerate(issued.cert_chain_pems):
        part.write_to_path(str(folder / "cert.pem"), append=number > 0)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))


def tls_options(folder: Path) -> tuple[str, ...]:
    return ("--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))


def secure_call(server: RegistryProcess, credentials: grpc.ChannelCredentials) -> str:
    """Call over TLS; return 'OK' or the status code."""
    target = server.target.replace("127.0.0.1", "localhost")
    with grpc.secure_channel(target, credentials) as channel:
        try:
            Stubs(channel).ListModels(LIST, timeout=60)
        except grpc.RpcError as error:
            return str(cast("grpc.Call", error).code().name)
    return "OK"


def test_tls_from_files_and_again_when_they_change(
    own_registry: RegistryProcess, authority: trustme.CA, tmp_path: Path
) -> None:
    write_certificate(authority, tmp_path / "tls")
    own_registry.options = tls_options(tmp_path / "tls")
    own_registry.start()
    trusted = grpc.ssl_channel_credentials((tmp_path / "tls" / "ca.pem").read_bytes())
    assert secure_call(own_registry, trusted) == "OK"

    other = trustme.CA()
    write_certificate(other, tmp_path / "tls")
    renewed = grpc.ssl_channel_credentials((tmp_path / "tls" / "ca.pem").read_bytes())

    assert secure_call(own_registry, renewed) == "OK"
    assert secure_call(own_registry, trusted) == "UNAVAILABLE"
    (tmp_path / "tls" / "cert.pem").write_text("damaged")
    assert secure_call(own_registry, renewed) == "OK"


def test_tls_files_that_cannot_be_used_yet_are_read_again_until_they_can(
    own_registry: RegistryProcess, authority: trustme.CA, tmp_path: Path
) -> None:
    folder = tmp_path / "tls"
    write_certificate(authority, folder)
    own_registry.options = tls_options(folder)
    own_registry.start()
    old = grpc.ssl_channel_credentials((folder / "ca.pem").read_bytes())
    times = {path: path.stat().st_mtime_ns for path in folder.iterdir()}

    new_folder = tmp_path / "new"
    write_certificate(trustme.CA(), new_folder)
    key = (new_folder / "key.pem").read_bytes()
    new = grpc.ssl_channel_credentials((new_folder / "ca.pem").read_bytes())
    (folder / "cert.pem").write_bytes((new_folder / "cert.pem").read_bytes())
    (folder / "key.pem").unlink()  # root reads files of every mode
    for _ in range(3):
        assert secure_call(own_registry, old) == "OK"
    (folder / "key.pem").write_bytes((new_folder / "ca.pem").read_bytes())  # no key, or another one
    assert secure_call(own_registry, old) == "OK"
    failures = own_registry.log.count("TLS files could not be read")
    assert failures == 2

    # A copy that keeps the time of what it replaces is a change all the same.
    (folder / "key.pem").write_bytes(key)
    for path, stamp in times.items():
        os.utime(path, ns=(stamp, stamp))
    assert secure_call(own_registry, new) == "OK"
    assert "TLS files reloaded" in own_registry.log


def test_mutual_tls_lets_only_certified_clients_in(
    own_registry: RegistryProcess, authority: trustme.CA, tmp_path: Path
) -> None:
    folder = tmp_path / "tls"
    write_certificate(authority, folder)
    own_registry.options = (*tls_options(folder), "--tls-client-ca", str(folder / "ca.pem"))
    own_registry.start()
    client = authority.issue_cert("client.example")
    chain = b"".join(part.bytes() for part in client.cert_chain_pems)
    root = (folder / "ca.pem").read_bytes()

    known = grpc.ssl_channel_credentials(root, client.private_key_pem.bytes(), chain)
    assert secure_call(own_registry, known) == "OK"
    assert secure_call(own_registry, grpc.ssl_channel_credentials(root)) == "UNAVAILABLE"
