"""A database that accepts no changes, as after a fail-over: reads go on, health and log say why."""

import os
from pathlib import Path
from typing import Any

import grpc
import psycopg
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from modelregistry.v1 import catalog_service_pb2 as catalog
from registry_grpc.persistence.migrate import migrate
from registry_grpc.transport.methods import LOOKUPS, WRITING
from tests.support.content import NAMESPACE, a_model
from tests.support.databases import PostgresServer
from tests.support.faults.crew import until
from tests.support.postgres_away import own_postgres, stopped
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
CREATE = catalog.CreateModelRequest(parent=NAMESPACE, model_id="other")


def test_a_server_on_a_standby_reads_and_says_that_it_cannot_write(
    postgres_folder: Path, tmp_path: Path
) -> None:
    with own_postgres(postgres_folder / tmp_path.name) as primary:
        migrate(primary.get_uri())
        server = RegistryProcess(tmp_path / "registry", ("--database", primary.get_uri())).start()
        try:
            with connected(server.target) as stubs:
                model = a_model(stubs, "fraud")
                _demote(primary)
                until(lambda: "accepts no changes: services" in server.log)
                assert _services(server.target) == {NOT_SERVING}
                with pytest.raises(grpc.RpcError) as caught:
                    stubs.CreateModel(CREATE)
                found = refusal(caught.value)
                assert (found.code, found.reason) == ("UNAVAILABLE", "DATABASE_READ_ONLY")
                assert "standby" not in found.message
                assert _models(stubs) == [model]
                assert _health(server.target, LOOKUPS) == SERVING
                _promote(primary)
                until(lambda: _services(server.target) == {SERVING})
                stubs.CreateModel(CREATE)
        finally:
            assert server.stop() == 0
        lines = [line for line in server.lines if "accepts no changes: services" in line]
        assert len(lines) == 1
        assert "the server is a standby (in recovery)" in lines[0]
        assert "25006" in next(line for line in server.lines if "DATABASE_READ_ONLY" in line)
        assert "INTERNAL" not in server.log
        assert "Traceback" not in server.log


def _demote(server: PostgresServer) -> None:
    """Start it again as a standby, at its address."""
    with stopped(server):
        (server.pgdata / "standby.signal").touch()
        owner = server.pgdata.stat()
        os.chown(server.pgdata / "standby.signal", owner.st_uid, owner.st_gid)


def _promote(server: PostgresServer) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        assert connection.execute("SELECT pg_promote()").fetchone() == (True,)


def _models(stubs: Stubs) -> list[str]:
    found = stubs.ListModels(catalog.ListModelsRequest(parent=NAMESPACE))
    return [model.name for model in found.models]


def _services(target: str) -> set[int]:
    return {_health(target, service) for service in WRITING}


def _health(target: str, service: str) -> int:
    with grpc.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        return int(stub.Check(health_pb2.HealthCheckRequest(service=service)).status)
