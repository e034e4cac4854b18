"""The history beside every revision of a message, and within every etag."""

from modelregistry.v1 import alias_pb2, model_pb2, version_pb2
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc.domain.history import Position
from registry_grpc.transport.history import seen, stamped
from tests.support.history import HISTORY


def test_a_resource_has_the_history_of_its_revision_and_within_its_etag() -> None:
    model = stamped(model_pb2.Model(revision=7, etag="r7"), HISTORY)
    assert (model.history_id, model.etag) == (HISTORY, f"r7.{HISTORY}")


def test_so_have_all_resources_of_a_list_and_the_list_itself() -> None:
    versions = [version_pb2.Version(etag=f"r{number}") for number in (1, 2)]
    reply = stamped(catalog.ListVersionsResponse(versions=versions, revision=9), HISTORY)
    assert reply.history_id == HISTORY
    assert [version.etag for version in reply.versions] == [f"r1.{HISTORY}", f"r2.{HISTORY}"]


def test_so_has_what_an_event_tells_of_before_and_after() -> None:
    before = lookup.ResourceState(alias=alias_pb2.Alias(etag="r1"))
    after = lookup.ResourceState(alias=alias_pb2.Alias(etag="r2"))
    event = stamped(lookup.ChangeEvent(before=before, after=after), HISTORY)
    assert event.before.alias.etag == f"r1.{HISTORY}"
    assert event.after.alias.history_id == HISTORY


def test_what_is_absent_stays_absent() -> None:
    event = stamped(lookup.ChangeEvent(), HISTORY)
    assert not event.HasField("before")
    assert stamped(model_pb2.Model(), HISTORY).etag == ""


def test_a_read_says_what_its_caller_has_seen() -> None:
    request = catalog.GetModelRequest(min_revision=7, history_id=HISTORY)
    assert seen(request) == Position(HISTORY, 7)
    assert seen(catalog.GetModelRequest()) == Position()
