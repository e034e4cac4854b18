"""TLS: the files are read, the server is checked, the client shows who it is."""

from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
import trustme
from typing_extensions import override

from modelregistry import Client, errors
from modelregistry.v1 import catalog_service_pb2, catalog_service_pb2_grpc, model_pb2


class Catalog(catalog_service_pb2_grpc.CatalogServiceServicer):
    @override
    def GetModel(
        self, request: catalog_service_pb2.GetModelRequest, context: grpc.ServicerContext
    ) -> model_pb2.Model:
        who = context.auth_context().get("x509_subject_alternative_name", [b"nobody"])
        return model_pb2.Model(name=request.name, owner=bytes(who[0]).decode())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for who in ("localhost", "ann@example.org"):
        issued = authority.issue_cert(who)
        issued.private_key_pem.write_to_path(str(tmp_path / f"{who}.key"))
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{who}.pem"))
    return tmp_path


@pytest.fixture
def target(files: Path) -> Iterator[str]:
    pair = ((files / "localhost.key").read_bytes(), (files / "localhost.pem").read_bytes())
    credentials = grpc.ssl_server_credentials(
        [pair], root_certificates=(files / "ca.pem").read_bytes(), require_client_auth=True
    )
    server = grpc.server(futures.ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
    catalog = Catalog()  # type: ignore[abstract]
    catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(catalog, server)
    port = server.add_secure_port("localhost:0", credentials)
    server.start()
    yield f"localhost:{port}"
    server.stop(None).wait()


def test_a_client_with_a_certificate_is_known_by_it(target: str, files: Path) -> None:
    with Client(
        target,
        token="t",
        ca=files / "ca.pem",
        cert=files / "ann@example.org.pem",
        key=files / "ann@example.org.key",
        timeout=20,
    ) as client:
        assert client.get_model("fraud").owner == "ann@example.org"


def test_a_server_that_is_not_trusted_is_not_spoken_to(target: str) -> None:
    with (
        Client(target, plaintext=False, timeout=1) as client,
        pytest.raises((errors.Unavailable, errors.DeadlineExceeded)),
    ):
        client.get_model("fraud")
