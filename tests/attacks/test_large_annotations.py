"""Annotations at all their bounds at once: replies, events and records stay readable."""

from collections.abc import Iterator, Mapping

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import model_pb2, version_pb2
from tests.support.content import MIB, NAMESPACE, a_model, a_version
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused

MOST_BYTES = 4 * MIB
"""Of a message, for a client with gRPC's own limit."""


@pytest.fixture
def stubs(registry_on_either: RegistryProcess) -> Iterator[Stubs]:
    with connected(registry_on_either.target) as either:
        yield either


def thousand(letter: str) -> Mapping[str, str]:
    """Return as many keys as there may be, almost as long as they may be together."""
    return {f"{letter}{number:03d}{'k' * 1_020}": "" for number in range(1_000)}


def annotate(stubs: Stubs, name: str, pairs: Mapping[str, str]) -> None:
    """Replace all annotations of a model or a version."""
    mask = FieldMask(paths=["annotations"])
    if "/versions/" not in name:
        model = model_pb2.Model(name=name, annotations=pairs)
        stubs.UpdateModel(catalog.UpdateModelRequest(model=model, update_mask=mask))
        return
    version = version_pb2.Version(name=name, annotations=pairs)
    stubs.UpdateVersion(catalog.UpdateVersionRequest(version=version, update_mask=mask))


def test_a_change_of_all_keys_is_read_watched_and_listed_by_a_default_client(
    stubs: Stubs,
) -> None:
    model = a_model(stubs, "keys")
    version = a_version(stubs, model).name
    for letter in "abc":
        for name in (model, version):
            annotate(stubs, name, thousand(letter))
    now = thousand("c")
    assert stubs.GetModel(catalog.GetModelRequest(name=model)).annotations == now
    assert stubs.GetVersion(catalog.GetVersionRequest(name=version)).annotations == now
    listed = stubs.ListModels(
        catalog.ListModelsRequest(parent=NAMESPACE, view=model_pb2.MODEL_VIEW_FULL)
    )
    assert [one.annotations for one in listed.models] == [now]
    changes: list[int] = []
    token = ""
    while token or not changes:
        page = stubs.ListChanges(
            lookup.ListChangesRequest(parent=NAMESPACE, models=[model], page_token=token)
        )
        assert page.ByteSize() <= MOST_BYTES
        changes += [len(event.annotation_changes) for event in page.events]
        token = page.next_page_token
    assert changes == [0, 0, 1_000, 1_000, 2_000, 2_000, 2_000, 2_000]
    seen = 0
    for reply in stubs.Watch(lookup.WatchRequest(parent=NAMESPACE, start_revision=1), timeout=60):
        assert reply.ByteSize() <= MOST_BYTES
        seen += sum(len(event.annotation_changes) for event in reply.events)
        if seen == sum(changes):
            break


def test_a_record_near_its_limit_takes_no_more_annotations_and_can_lose_some(
    stubs: Stubs, registry_on_either: RegistryProcess
) -> None:
    model = a_model(stubs, "record")
    slices = [
        version_pb2.SliceMetric(
            dimension="d" * 100, value=f"{number:0>250}", metric="m" * 100, result=1.0
        )
        for number in range(8_400)
    ]
    params = {f"p{number}": "v" * 4_000 for number in range(1_000)}
    name = a_version(stubs, model, version=version_pb2.Version(params=params, slices=slices)).name
    added = {"k0": "x" * 200_000}
    annotate(stubs, name, added)
    more = version_pb2.Version(name=name, annotations=added | {"k1": "x" * 400_000})
    mask = FieldMask(paths=["annotations"])
    error = refused(
        stubs.UpdateVersion, catalog.UpdateVersionRequest(version=more, update_mask=mask)
    )
    assert (error.reason, error.metadata["limit"]) == ("LIMIT_EXCEEDED", "record size in bytes")
    options = [("grpc.max_receive_message_length", 16 * MIB)]
    with grpc.insecure_channel(registry_on_either.target, options) as channel:
        wide = Stubs(channel)
        found = wide.GetVersion(catalog.GetVersionRequest(name=name))
        assert found.annotations == added
        assert found.ByteSize() < 9 * MIB
    annotate(stubs, name, {"k": "less"})
    stubs.SetStage(catalog.SetStageRequest(name=name, stage="staging"))
