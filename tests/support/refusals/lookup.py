"""Bad requests to LookupService."""
# ruff: noqa: E501 - a table: one row, one line

from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import NAMESPACE
from tests.support.refusals.case import ABSENT, case, in_future

# fmt: off
LOOKUPS = [
    case("ResolveVersion", lambda _: lookup.ResolveVersionRequest(), "INVALID_REQUEST", "ref"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", as_of=in_future()), "INVALID_REQUEST", "as_of"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", as_of=Timestamp(seconds=2**60)), "INVALID_REQUEST", "as_of"),
    case("ResolveVersion", lambda _: lookup.ResolveVersionRequest(ref="nothing@champion"), "MODEL_NOT_FOUND"),
    case("ResolveVersion", lambda _: lookup.ResolveVersionRequest(ref="nowhere/nothing@champion"), "NAMESPACE_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}@nobody"), "ALIAS_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}@staging"), "STAGE_EMPTY"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}@{ABSENT}"), "VERSION_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/3"), "VERSION_DELETED"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.deleted_model}/versions/1"), "MODEL_DELETED"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", as_of=Timestamp(seconds=1)), "MODEL_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", min_revision=10**9), "REVISION_NOT_REACHED"),
    case("ResolveClosure", lambda _: lookup.ResolveClosureRequest(), "INVALID_REQUEST", "ref"),
    case("ResolveClosure", lambda w: lookup.ResolveClosureRequest(ref=f"{w.id}/1", unit="u" * 257), "INVALID_REQUEST", "unit"),
    case("ResolveClosure", lambda w: lookup.ResolveClosureRequest(ref=f"{w.id}/1", as_of=in_future()), "INVALID_REQUEST", "as_of"),
    case("ResolveClosure", lambda w: lookup.ResolveClosureRequest(ref=f"{w.id}/3"), "VERSION_DELETED"),
    case("ResolveClosure", lambda w: lookup.ResolveClosureRequest(ref=f"{w.id}@nobody"), "ALIAS_NOT_FOUND"),
    case("BatchResolveVersions", lambda _: lookup.BatchResolveVersionsRequest(), "INVALID_REQUEST", "refs"),
    case("BatchResolveVersions", lambda _: lookup.BatchResolveVersionsRequest(refs=["a/1"] * 1_001), "INVALID_REQUEST", "refs"),
    case("Watch", lambda _: lookup.WatchRequest(), "INVALID_REQUEST", "parent"),
    case("Watch", lambda _: lookup.WatchRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("Watch", lambda _: lookup.WatchRequest(parent="namespaces/nowhere", initial_state=True), "NAMESPACE_NOT_FOUND"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, start_revision=-1), "INVALID_REQUEST", "start_revision"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, start_revision=1, initial_state=True), "INVALID_REQUEST", "start_revision"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, start_revision=10**6), "REVISION_NOT_REACHED"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, models=["a"], name_prefixes=["d"]), "INVALID_REQUEST", "models[0]", "name_prefixes[0]"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(), "INVALID_REQUEST", "parent"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, models=["a", "namespaces/b/models/c"], name_prefixes=["d"]), "INVALID_REQUEST", "models[0]", "models[1]", "name_prefixes[0]"),
    case("ListChanges", lambda w: lookup.ListChangesRequest(parent=NAMESPACE, models=[w.model] * 1_001), "INVALID_REQUEST", "models"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, start_revision=-1), "INVALID_REQUEST", "start_revision"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, page_token="made-up"), "INVALID_REQUEST", "page_token"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
]
