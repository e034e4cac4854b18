"""Renames of models: the new name, the old one, and everything that has either."""

from collections.abc import Sequence
from uuid import uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import evaluation_pb2, model_pb2, version_pb2
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lineage_service_pb2 as lineage
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import NAMESPACE, a_file, a_model, a_version
from tests.support.stubs import Stubs, refusal, refused


def new_id() -> str:
    return f"model-{uuid4().hex[:12]}"


def rename(stubs: Stubs, model: str, new: str = "", **fields: str) -> model_pb2.Model:
    """Rename a model, to a name of its own if none is given."""
    request = catalog.RenameModelRequest(name=model, model_id=new or new_id(), **fields)
    renamed: model_pb2.Model = stubs.RenameModel(request)
    return renamed


def resolve(stubs: Stubs, ref: str, as_of: Timestamp | None = None) -> tuple[str, str, str]:
    """Return the version that a reference names, or the reason, and both names of a redirect."""
    single = ""
    try:
        single = stubs.ResolveVersion(
            lookup.ResolveVersionRequest(ref=ref, as_of=as_of)
        ).redirected_from
    except grpc.RpcError as error:
        single = refusal(error).reason
    reply = stubs.BatchResolveVersions(lookup.BatchResolveVersionsRequest(refs=[ref], as_of=as_of))
    (found,) = reply.resolutions
    if found.HasField("version"):
        assert found.redirected_from == single
        return found.version.name, found.redirected_from, found.redirected_to
    return single, found.redirected_from, found.redirected_to


@pytest.fixture
def model(stubs: Stubs) -> str:
    return a_model(stubs)


def test_a_rename_moves_all_that_the_model_has(stubs: Stubs, model: str) -> None:
    first = a_version(stubs, model, b"first", alias="champion")
    a_version(stubs, model, b"second")
    stubs.SetStage(catalog.SetStageRequest(name=first.name, stage="staging"))
    evaluation = evaluation_pb2.Evaluation(metrics={"auc": 0.9})
    submit = governance.SubmitEvaluationRequest(parent=first.name, evaluation=evaluation)
    stubs.SubmitEvaluation(submit)
    before = stubs.GetModel(catalog.GetModelRequest(name=model))

    after = rename(stubs, model, etag=before.etag)

    assert (after.uid, after.latest_version, after.create_time) == (
        before.uid,
        2,
        before.create_time,
    )
    new = after.name
    listed = stubs.ListVersions(catalog.ListVersionsRequest(parent=new))
    assert [version.name for version in listed.versions] == [f"{new}/versions/{n}" for n in (2, 1)]
    assert listed.versions[1].aliases == ["champion"]
    alias = stubs.GetAlias(catalog.GetAliasRequest(name=f"{new}/aliases/champion"))
    assert alias.version == f"{new}/versions/1"
    evaluations = governance.ListEvaluationsRequest(parent=f"{new}/versions/1")
    (found,) = stubs.ListEvaluations(evaluations).evaluations
    assert found.name.startswith(f"{new}/versions/1/evaluations/")
    walk = lineage.TraverseLineageRequest(
        node=f"{new}/versions/1", direction=lineage.LINEAGE_DIRECTION_UP
    )
    assert stubs.TraverseLineage(walk).start.name == f"{new}/versions/1"
    stages = stubs.ListStageHistory(catalog.ListStageHistoryRequest(parent=new))
    assert [entry.version for entry in stages.entries] == [f"{new}/versions/1"]
    assert a_version(stubs, new, b"third").number == 3


def test_lookups_by_the_old_name_lead_to_the_new_one_and_say_so(stubs: Stubs, model: str) -> None:
    a_version(stubs, model, alias="champion")
    short = model.rpartition("/")[2]
    assert resolve(stubs, f"{short}@champion") == (f"{model}/versions/1", "", "")
    new = rename(stubs, model).name

    for ref in (f"{short}@champion", f"{short}/1", f"{short}@latest", f"{model}/versions/1"):
        assert resolve(stubs, ref) == (f"{new}/versions/1", model, new)
    assert resolve(stubs, f"{short}@other") == ("ALIAS_NOT_FOUND", model, new)
    read = stubs.GetModel(catalog.GetModelRequest(name=model))
    assert (read.name, read.redirected_from) == (new, model)
    version = stubs.GetVersion(catalog.GetVersionRequest(name=f"{short}/1"))
    assert (version.name, version.redirected_from) == (f"{new}/versions/1", model)
    assert stubs.GetModel(catalog.GetModelRequest(name=new)).redirected_from == ""
    listed = stubs.ListModels(catalog.ListModelsRequest(parent=NAMESPACE, page_size=1000))
    assert [one.name for one in listed.models if one.name in {model, new}] == [new]


def test_answers_by_the_old_name_follow_changes_under_both(stubs: Stubs, model: str) -> None:
    a_version(stubs, model, alias="champion")
    short = model.rpartition("/")[2]
    new = rename(stubs, model).name
    assert resolve(stubs, f"{short}@challenger")[0] == "ALIAS_NOT_FOUND"
    second = a_version(stubs, new, alias="champion")
    assert resolve(stubs, f"{short}@champion")[0] == second.name
    aliased = catalog.SetAliasRequest(name=f"{new}/aliases/challenger", version=second.name)
    stubs.SetAlias(aliased)
    assert resolve(stubs, f"{short}@challenger")[0] == second.name
    last = rename(stubs, new).name
    assert resolve(stubs, f"{short}@champion") == (f"{last}/versions/2", model, last)

    a_model(stubs, short)
    assert resolve(stubs, f"{short}@champion") == ("ALIAS_NOT_FOUND", "", "")
    assert stubs.GetModel(catalog.GetModelRequest(name=model)).name == model
    mine = a_version(stubs, model, alias="champion")
    assert resolve(stubs, f"{short}@champion") == (mine.name, "", "")
    assert resolve(stubs, f"{new.rpartition('/')[2]}@champion")[0] == f"{last}/versions/2"


def test_other_calls_by_the_old_name_state_the_new_one_and_change_nothing(
    stubs: Stubs, model: str
) -> None:
    a_version(stubs, model, alias="champion")
    new = rename(stubs, model).name
    version = f"{model}/versions/1"
    alias, changed = f"{model}/aliases/champion", model_pb2.Model(name=model, owner="ann")
    files = [version_pb2.FileEntry(path="a", size_bytes=1)]
    stored = [a_file(stubs)]
    derived = version_pb2.Version(parents=[version])
    register, check = stubs.RegisterVersion, stubs.CheckRegistration
    for call, request in (
        (register, catalog.RegisterVersionRequest(parent=model, files=stored)),
        (register, catalog.RegisterVersionRequest(parent=model, files=stored, create_model=True)),
        (check, catalog.CheckRegistrationRequest(parent=model, files=files, create_model=True)),
        (check, catalog.CheckRegistrationRequest(parent=new, files=files, version=derived)),
        (stubs.SetAlias, catalog.SetAliasRequest(name=alias, version=version)),
        (stubs.DeleteAlias, catalog.DeleteAliasRequest(name=alias)),
        (stubs.GetAlias, catalog.GetAliasRequest(name=alias)),
        (stubs.SetStage, catalog.SetStageRequest(name=version, stage="staging")),
        (stubs.DeleteVersion, catalog.DeleteVersionRequest(name=version)),
        (stubs.DeleteModel, catalog.DeleteModelRequest(name=model)),
        (stubs.UpdateModel, catalog.UpdateModelRequest(model=changed)),
        (stubs.RenameModel, catalog.RenameModelRequest(name=model, model_id=new_id())),
        (stubs.ListVersions, catalog.ListVersionsRequest(parent=model)),
    ):
        refusal = refused(call, request)
        assert (refusal.reason, refusal.metadata["model"]) == ("MODEL_RENAMED", new), request
    assert stubs.GetModel(catalog.GetModelRequest(name=new)).latest_version == 1


def test_taken_names_and_wrong_ones_are_refused(stubs: Stubs, model: str) -> None:
    other = a_model(stubs)
    missing = f"{NAMESPACE}/models/{new_id()}"
    refusals: Sequence[tuple[str, dict[str, str]]] = (
        ("MODEL_ALREADY_EXISTS", {"name": model, "model_id": other.rpartition("/")[2]}),
        ("INVALID_REQUEST", {"name": model, "model_id": "a/b"}),
        ("INVALID_REQUEST", {"name": "a/b", "model_id": "a"}),
        ("ETAG_MISMATCH", {"name": model, "model_id": new_id(), "etag": "r0"}),
        ("MODEL_NOT_FOUND", {"name": missing, "model_id": new_id()}),
    )
    for reason, request in refusals:
        found = refused(stubs.RenameModel, catalog.RenameModelRequest(**request))
        assert found.reason == reason
    same = rename(stubs, model, model.rpartition("/")[2])
    assert same == stubs.GetModel(catalog.GetModelRequest(name=model))
    stubs.DeleteModel(catalog.DeleteModelRequest(name=other))
    deleted = catalog.RenameModelRequest(name=other, model_id=new_id())
    assert refused(stubs.RenameModel, deleted).reason == "MODEL_DELETED"


def test_names_can_go_round(stubs: Stubs, model: str) -> None:
    a_version(stubs, model, alias="champion")
    first = model.rpartition("/")[2]
    second = rename(stubs, model).name
    assert rename(stubs, second, first).name == model
    assert resolve(stubs, f"{first}@champion") == (f"{model}/versions/1", "", "")
    assert resolve(stubs, f"{second}/versions/1") == (f"{model}/versions/1", second, model)
    assert rename(stubs, model, second.rpartition("/")[2]).name == second
    assert resolve(stubs, f"{first}@champion")[0] == f"{second}/versions/1"


def test_as_of_names_are_those_of_the_moment(stubs: Stubs, model: str) -> None:
    version = a_version(stubs, model, alias="champion")
    short = model.rpartition("/")[2]
    renamed = rename(stubs, model)
    new = renamed.name
    labelled = version_pb2.Version(name=f"{new}/versions/1", labels={"team": "risk"})
    stubs.UpdateVersion(catalog.UpdateVersionRequest(version=labelled))
    taken = stubs.CreateModel(catalog.CreateModelRequest(parent=NAMESPACE, model_id=short))

    then = version.create_time
    assert resolve(stubs, f"{short}@champion", then) == (f"{model}/versions/1", "", "")
    assert resolve(stubs, f"{new}/versions/1", then) == ("MODEL_NOT_FOUND", "", "")
    then = renamed.update_time
    assert resolve(stubs, f"{short}@champion", then) == (f"{new}/versions/1", model, new)
    assert resolve(stubs, f"{new}/versions/1", then) == (f"{new}/versions/1", "", "")
    then = taken.create_time
    assert resolve(stubs, f"{short}@champion", then) == ("ALIAS_NOT_FOUND", "", "")
    request = lookup.ResolveVersionRequest(ref=f"{new}/versions/1", as_of=renamed.update_time)
    assert not stubs.ResolveVersion(request).version.labels


def test_a_repeated_request_returns_the_reply_of_the_first(stubs: Stubs, model: str) -> None:
    request = catalog.RenameModelRequest(name=model, model_id=new_id(), request_id=str(uuid4()))
    first = stubs.RenameModel(request)
    last = rename(stubs, first.name)
    assert stubs.RenameModel(request) == first
    assert stubs.GetModel(catalog.GetModelRequest(name=model)).name == last.name


def test_the_trail_and_watches_have_the_rename_under_both_names(stubs: Stubs, model: str) -> None:
    a_version(stubs, model)
    new = rename(stubs, model).name
    a_version(stubs, new)
    for name, actions in (
        (model, ["model.create", "version.register", "model.rename"]),
        (new, ["model.rename", "version.register"]),
    ):
        request = lookup.ListChangesRequest(parent=NAMESPACE, models=[name])
        events = stubs.ListChanges(request).events
        assert [event.action for event in events] == actions
        (event,) = (event for event in events if event.action == "model.rename")
        names = (event.name, event.before.model.name, event.after.model.name)
        assert names == (new, model, new)
        watch = lookup.WatchRequest(parent=NAMESPACE, models=[name], start_revision=1)
        stream = stubs.Watch(watch)
        received: list[str] = []
        while len(received) < len(actions):
            received += [event.action for event in next(stream).events]
        stream.cancel()
        assert received == actions
