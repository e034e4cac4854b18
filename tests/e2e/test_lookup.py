"""Lookups: every kind of reference, now and at any moment of the past."""

from datetime import datetime

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import version_pb2
from tests.support.content import a_model, a_version
from tests.support.stubs import Refusal, Stubs, refusal, refused


def resolved(stubs: Stubs, ref: str, as_of: Timestamp | None = None) -> int | str:
    """Return the number a reference names, or the reason why it names none."""
    request = lookup.ResolveVersionRequest(ref=ref, as_of=as_of)
    try:
        return int(stubs.ResolveVersion(request).version.number)
    except grpc.RpcError as error:
        return refusal(error).reason


def moment_of(revised: object) -> Timestamp:
    """Return the moment a change was made."""
    update_time = getattr(revised, "update_time", None)
    assert isinstance(update_time, Timestamp)
    return update_time


@pytest.fixture
def model(stubs: Stubs) -> str:
    return a_model(stubs)


@pytest.fixture
def short(model: str) -> str:
    return model.rpartition("/")[2]


def test_every_short_reference_finds_its_version(stubs: Stubs, model: str, short: str) -> None:
    first = a_version(stubs, model, b"first", alias="champion")
    a_version(stubs, model, b"second")
    stubs.SetStage(catalog.SetStageRequest(name=first.name, stage="staging"))

    assert resolved(stubs, f"{short}/1") == 1
    assert resolved(stubs, f"{short}@champion") == 1
    assert resolved(stubs, f"{short}@staging") == 1
    assert resolved(stubs, f"{short}@latest") == 2
    assert resolved(stubs, f"{short}@{first.root_digest}") == 1
    assert resolved(stubs, f"default/{short}@champion") == 1
    assert resolved(stubs, f"{model}/versions/2") == 2
    assert resolved(stubs, f"{model}/aliases/champion") == 1


def test_names_of_other_namespaces_are_found_only_there(stubs: Stubs, short: str) -> None:
    stubs.CreateNamespace(catalog.CreateNamespaceRequest(namespace_id="risk"))
    stubs.CreateModel(catalog.CreateModelRequest(parent="namespaces/risk", model_id=short))

    assert resolved(stubs, f"risk/{short}@latest") == "VERSION_NOT_FOUND"
    listed = stubs.ListModels(catalog.ListModelsRequest(parent="namespaces/risk"))
    assert [item.name for item in listed.models] == [f"namespaces/risk/models/{short}"]


def test_an_alias_can_be_asked_for_any_moment_of_its_past(
    stubs: Stubs, model: str, short: str
) -> None:
    name, ref = f"{model}/aliases/champion", f"{short}@champion"
    one, two = a_version(stubs, model), a_version(stubs, model)
    before = moment_of(two)
    first = stubs.SetAlias(catalog.SetAliasRequest(name=name, version=one.name))
    second = stubs.SetAlias(catalog.SetAliasRequest(name=name, version=two.name))
    stubs.DeleteAlias(catalog.DeleteAliasRequest(name=name, reason="gone"))
    third = stubs.SetAlias(catalog.SetAliasRequest(name=name, version=one.name))

    assert resolved(stubs, ref, before) == "ALIAS_NOT_FOUND"
    assert resolved(stubs, ref, moment_of(first)) == 1
    assert resolved(stubs, ref, moment_of(second)) == 2
    assert resolved(stubs, ref, moment_of(third)) == 1
    history = stubs.ListAliasHistory(catalog.ListAliasHistoryRequest(parent=name)).entries
    assert [entry.version for entry in history] == [one.name, "", two.name, one.name]
    assert history[1].reason == "gone"
    assert resolved(stubs, ref, history[1].create_time) == "ALIAS_NOT_FOUND"


def test_production_holds_one_version_and_remembers_who_held_it(
    stubs: Stubs, model: str, short: str
) -> None:
    one, two = a_version(stubs, model), a_version(stubs, model)

    def promote(version: version_pb2.Version, stage: str) -> version_pb2.Version:
        moved: version_pb2.Version = stubs.SetStage(
            catalog.SetStageRequest(name=version.name, stage=stage, reason=f"to {stage}")
        )
        return moved

    promote(one, "staging")
    first = promote(one, "production")
    promote(two, "staging")
    second = promote(two, "production")

    assert resolved(stubs, f"{short}@production") == 2
    assert resolved(stubs, f"{short}@archived") == 1
    assert resolved(stubs, f"{short}@production", moment_of(first)) == 1
    assert resolved(stubs, f"{short}@production", moment_of(second)) == 2
    history = stubs.ListStageHistory(catalog.ListStageHistoryRequest(parent=model)).entries
    newest = [(entry.version[-1], entry.previous_stage, entry.stage) for entry in history[:2]]
    assert sorted(newest) == [("1", "production", "archived"), ("2", "staging", "production")]
    assert history[0].revision == history[1].revision == second.revision


def test_deletions_are_part_of_the_past(stubs: Stubs, model: str, short: str) -> None:
    a_version(stubs, model)
    two = a_version(stubs, model, alias="champion")
    deleted = stubs.DeleteVersion(catalog.DeleteVersionRequest(name=f"{short}/2", force=True))
    gone = stubs.DeleteModel(catalog.DeleteModelRequest(name=model))
    back = stubs.UndeleteModel(catalog.UndeleteModelRequest(name=model))

    assert resolved(stubs, f"{short}/2") == "VERSION_DELETED"
    assert resolved(stubs, f"{short}@champion") == "ALIAS_NOT_FOUND"
    assert resolved(stubs, f"{short}@latest") == 1
    assert resolved(stubs, f"{short}@latest", moment_of(two)) == 2
    assert resolved(stubs, f"{short}@champion", moment_of(two)) == 2
    assert resolved(stubs, f"{short}/2", moment_of(deleted)) == "VERSION_DELETED"
    assert resolved(stubs, f"{short}@latest", moment_of(gone)) == "MODEL_DELETED"
    assert resolved(stubs, f"{short}@latest", moment_of(back)) == 1
    kept = stubs.GetVersion(catalog.GetVersionRequest(name=f"{short}/2"))
    assert kept.state == version_pb2.VERSION_STATE_DELETED
    assert a_version(stubs, model).number == 3


def test_a_version_comes_as_it_was_with_all_that_changed_since(
    stubs: Stubs, model: str, short: str
) -> None:
    made = a_version(stubs, model, alias="champion", version=version_pb2.Version(labels={"a": "b"}))
    stubs.SetAlias(catalog.SetAliasRequest(name=f"{model}/aliases/other", version=made.name))
    staged = stubs.SetStage(catalog.SetStageRequest(name=made.name, stage="staging"))
    stubs.DeleteAlias(catalog.DeleteAliasRequest(name=f"{model}/aliases/champion"))
    labelled = stubs.UpdateVersion(
        catalog.UpdateVersionRequest(version=version_pb2.Version(name=made.name))
    )

    def then(moment: Timestamp) -> version_pb2.Version:
        request = lookup.ResolveVersionRequest(
            ref=f"{short}/1", as_of=moment, view=version_pb2.VERSION_VIEW_FULL
        )
        found: version_pb2.Version = stubs.ResolveVersion(request).version
        return found

    assert then(made.create_time) == made
    assert then(moment_of(staged)) == staged
    assert list(then(moment_of(staged)).aliases) == ["champion", "other"]
    assert then(moment_of(labelled)) == labelled
    assert list(then(moment_of(labelled)).aliases) == ["other"]
    assert not then(moment_of(labelled)).labels


def test_a_batch_answers_in_order_and_from_one_revision(
    stubs: Stubs, model: str, short: str
) -> None:
    made = a_version(stubs, model, alias="champion")
    refs = [f"{short}@champion", f"{short}/9", f"{short}@latest"]

    reply = stubs.BatchResolveVersions(lookup.BatchResolveVersionsRequest(refs=refs))

    assert [item.ref for item in reply.resolutions] == refs
    assert [item.WhichOneof("result") for item in reply.resolutions] == [
        "version",
        "error",
        "version",
    ]
    assert reply.revision >= made.revision


def test_lists_filter_by_labels_metrics_and_time(stubs: Stubs, model: str) -> None:
    made = [
        a_version(
            stubs,
            model,
            version=version_pb2.Version(
                metrics={"auc": auc}, tags={"team": "risk" if auc > 0.75 else "shop"}
            ),
        )
        for auc in (0.7, 0.8, 0.9)
    ]

    def numbers(text: str) -> list[int]:
        request = catalog.ListVersionsRequest(parent=model, filter=text)
        return [version.number for version in stubs.ListVersions(request).versions]

    moment: datetime = made[-1].create_time.ToDatetime()
    assert numbers("metrics.auc > 0.75") == [3, 2]
    assert numbers('tags.team = "risk" AND metrics.auc < 0.85') == [2]
    assert numbers("NOT tags.team = shop") == [3, 2]
    assert numbers("number = 1 OR number = 3") == [3, 1]
    assert numbers(f'create_time >= "{moment.isoformat()}Z"') == [3]
    assert numbers("metrics.missing > 0") == []
    assert numbers("-metrics:auc") == []


def test_a_token_of_another_query_is_refused(stubs: Stubs, model: str) -> None:
    for _ in range(3):
        a_version(stubs, model)
    page = stubs.ListVersions(catalog.ListVersionsRequest(parent=model, page_size=1))
    other = catalog.ListVersionsRequest(
        parent=model, page_size=1, page_token=page.next_page_token, filter="number > 0"
    )

    found: Refusal = refused(stubs.ListVersions, other)

    assert (found.reason, found.fields) == ("INVALID_REQUEST", ("page_token",))
