"""A stolen reader's token, over TLS: it permits reads until it is revoked, and no more."""

import json
import time
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
import trustme
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from modelregistry.v1 import access_pb2
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.fuzz.seeds import METHODS, fill
from tests.support.fuzz.taken import requests_taken
from tests.support.python import SERVER, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import connected

REVOKED_WITHIN_S: Final = 30.0
DENIED: Final = "PERMISSION_DENIED"
pytestmark = pytest.mark.timeout(300)


def certificates(folder: Path) -> tuple[tuple[str, ...], grpc.ChannelCredentials]:
    """Write a key and a certificate; return the server's options and what trusts them."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    key, chain = folder / "key.pem", folder / "cert.pem"
    issued.private_key_pem.write_to_path(str(key))
    issued.cert_chain_pems[0].write_to_path(str(chain))
    trusted = grpc.ssl_channel_credentials(authority.cert_pem.bytes())
    return ("--tls-cert", str(chain), "--tls-key", str(key)), trusted


def code_of(channel: grpc.Channel, method: MethodDescriptor, request: Message, token: str) -> str:
    """Send a request; return how the call ended, or OK with its first reply."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    method_call: Any = channel.stream_stream(path)
    metadata = (("authorization", f"Bearer {token}"),)
    call = method_call(iter([request.SerializeToString()]), timeout=60, metadata=metadata)
    try:
        next(call, None)
        call.cancel()
    except grpc.RpcError:
        return str(call.code().name)
    return "OK"


def done_by(channel: grpc.Channel, principal: str, token: str) -> set[str]:
    """Return the actions that a principal is recorded to have made."""
    list_changes: Any = channel.unary_unary("/modelregistry.v1.LookupService/ListChanges")
    request = lookup.ListChangesRequest(parent="namespaces/-", actor=principal)
    metadata = (("authorization", f"Bearer {token}"),)
    reply = list_changes(request.SerializeToString(), metadata=metadata, timeout=60)
    return {event.action for event in lookup.ListChangesResponse.FromString(reply).events}


def test_a_stolen_token_of_a_reader_reads_until_it_is_revoked(
    own_registry: RegistryProcess, tmp_path: Path
) -> None:
    server = own_registry.start()
    with connected(server.target) as stubs:
        taken = requests_taken(stubs, fill(stubs))
    server.stop()
    stolen, admin = server.token("eve", "reader"), server.token("ann", "admin")
    server.options, trusted = certificates(tmp_path)
    server.start()
    target = server.target.replace("127.0.0.1", "localhost")
    methods = {method.name: method for method in METHODS}
    with grpc.secure_channel(target, trusted) as channel:
        ends = {name: code_of(channel, methods[name], request, stolen) for name, request in taken}
        reading = {
            name
            for name in ends
            if methods[name].GetOptions().Extensions[access_pb2.access][0].permission
            == access_pb2.PERMISSION_READ
        }
        assert {name for name in ends if ends[name] != DENIED} == reading, ends
        assert not {ends[name] for name in reading} & {"UNAUTHENTICATED", "INTERNAL", "UNKNOWN"}
        assert done_by(channel, "eve", admin) <= {"token.use"}

        with grpc.insecure_channel(server.target) as plaintext:
            resolve, request = methods["ListModels"], dict(taken)["ListModels"]
            assert code_of(plaintext, resolve, request, stolen) == "UNAVAILABLE"

        revoke(server.data_dir, "eve")
        until = time.monotonic() + REVOKED_WITHIN_S
        while code_of(channel, resolve, request, stolen) != "UNAUTHENTICATED":
            assert time.monotonic() < until, "the revoked token still reads"
        assert code_of(channel, resolve, request, admin) == "OK"


def revoke(data_dir: Path, principal: str) -> None:
    """Revoke the token of a principal, as an operator does."""
    place = ("--data-dir", data_dir)
    listed = run_python((*SERVER, "token", "list", "--json", *place), check=True)
    (found,) = (each for each in json.loads(listed.stdout) if each["principal"] == principal)
    run_python((*SERVER, "token", "revoke", "--yes", found["id"], *place), check=True)
