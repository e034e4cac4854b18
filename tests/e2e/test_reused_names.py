"""Names of purged models that new models get, in namespaces that allow it."""

from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lineage_service_pb2 as lineage
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import model_pb2, namespace_pb2, version_pb2
from tests.support.content import a_blob
from tests.support.python import SERVER, clean_environ, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused


@pytest.fixture
def space(stubs: Stubs) -> str:
    """A namespace of the preset for MLflow."""
    space_id = f"space-{uuid4().hex[:12]}"
    request = catalog.CreateNamespaceRequest(namespace_id=space_id, preset="mlflow")
    return str(stubs.CreateNamespace(request).name)


def created(stubs: Stubs, space: str, model_id: str = "fraud") -> model_pb2.Model:
    request = catalog.CreateModelRequest(parent=space, model_id=model_id)
    made: model_pb2.Model = stubs.CreateModel(request)
    return made


def registered(stubs: Stubs, model: str, data: bytes = b"weights") -> version_pb2.Version:
    digest = a_blob(stubs, data, model.partition("/models/")[0])
    files = [version_pb2.FileEntry(path="a", digest=digest, size_bytes=len(data))]
    request = catalog.RegisterVersionRequest(
        parent=model, files=files, alias="champion", create_model=True
    )
    version: version_pb2.Version = stubs.RegisterVersion(request)
    return version


def purged(stubs: Stubs, model: str) -> model_pb2.Model:
    stubs.DeleteModel(catalog.DeleteModelRequest(name=model, force=True))
    request = catalog.PurgeModelRequest(name=model, purge_versions=True)
    gone: model_pb2.Model = stubs.PurgeModel(request)
    return gone


def resolve(stubs: Stubs, ref: str, as_of: Timestamp) -> version_pb2.Version:
    request = lookup.ResolveVersionRequest(ref=ref, as_of=as_of)
    version: version_pb2.Version = stubs.ResolveVersion(request).version
    return version


def test_a_new_model_begins_anew_under_the_name_and_the_old_one_keeps_its_history(
    stubs: Stubs, space: str
) -> None:
    first = created(stubs, space)
    old = registered(stubs, first.name, b"old")
    gone = purged(stubs, first.name)
    assert gone.HasField("purge_time")
    version = stubs.GetVersion(catalog.GetVersionRequest(name=old.name))
    assert (version.uid, version.state) == (old.uid, version_pb2.VERSION_STATE_DELETED)
    assert stubs.GetModel(catalog.GetModelRequest(name=first.name)).uid == first.uid

    second = created(stubs, space)
    assert (second.name, second.latest_version) == (first.name, 0)
    assert second.uid != first.uid
    new = registered(stubs, second.name, b"new")
    assert (new.name, new.number) == (old.name, 1)

    assert resolve(stubs, old.name, old.create_time).uid == old.uid
    alias = f"{first.name}/aliases/champion"
    assert resolve(stubs, alias, old.create_time).uid == old.uid
    assert resolve(stubs, alias, new.create_time).uid == new.uid
    between = lookup.ResolveVersionRequest(ref=alias, as_of=second.create_time)
    assert refused(stubs.ResolveVersion, between).reason == "ALIAS_NOT_FOUND"
    listed = catalog.ListModelsRequest(parent=space, show_deleted=True)
    assert [model.uid for model in stubs.ListModels(listed).models] == [second.uid]
    everything = catalog.ListVersionsRequest(parent=f"{space}/models/-", show_deleted=True)
    assert [version.uid for version in stubs.ListVersions(everything).versions] == [new.uid]
    request = lookup.ListChangesRequest(parent=space, models=[first.name])
    actions = [event.action for event in stubs.ListChanges(request).events]
    assert actions.count("model.create") == 2
    again = purged(stubs, second.name)
    assert again.uid == second.uid
    assert registered(stubs, first.name).number == 1  # creates the third


def test_lineage_keeps_the_versions_of_both(stubs: Stubs, space: str) -> None:
    parent = registered(stubs, f"{space}/models/fraud", b"old")
    digest = a_blob(stubs, b"derived", space)
    files = [version_pb2.FileEntry(path="a", digest=digest, size_bytes=len(b"derived"))]
    derived = version_pb2.Version(parents=[parent.name])
    child = stubs.RegisterVersion(
        catalog.RegisterVersionRequest(
            parent=f"{space}/models/child", files=files, version=derived, create_model=True
        )
    )
    purged(stubs, f"{space}/models/fraud")
    registered(stubs, f"{space}/models/fraud", b"new")
    up = lineage.LINEAGE_DIRECTION_UP
    walk = lineage.TraverseLineageRequest(node=child.name, direction=up)
    nodes = {step.node.name: step.node.version for step in stubs.TraverseLineage(walk).steps}
    assert nodes[parent.name].root_digest == parent.root_digest


def test_a_model_can_be_renamed_to_the_name_of_a_purged_one(stubs: Stubs, space: str) -> None:
    first = registered(stubs, f"{space}/models/fraud", b"old")
    other = registered(stubs, f"{space}/models/other", b"other")
    purged(stubs, f"{space}/models/fraud")
    request = catalog.RenameModelRequest(name=f"{space}/models/other", model_id="fraud")
    renamed = stubs.RenameModel(request)
    assert resolve(stubs, first.name, first.create_time).uid == first.uid
    assert resolve(stubs, first.name, renamed.update_time).uid == other.uid
    assert resolve(stubs, other.name, renamed.update_time).name == first.name


def test_names_stay_taken_elsewhere_and_when_it_is_switched_off(stubs: Stubs, space: str) -> None:
    model = created(stubs, space)
    purged(stubs, model.name)
    mask = FieldMask(paths=["reuse_purged_names"])
    plain = namespace_pb2.Namespace(name=space)
    changed = stubs.UpdateNamespace(
        catalog.UpdateNamespaceRequest(namespace=plain, update_mask=mask)
    )
    assert not changed.reuse_purged_names
    create = catalog.CreateModelRequest(parent=space, model_id="fraud")
    assert refused(stubs.CreateModel, create).reason == "MODEL_ALREADY_EXISTS"
    other = created(stubs, space, "other")
    rename = catalog.RenameModelRequest(name=other.name, model_id="fraud")
    assert refused(stubs.RenameModel, rename).reason == "MODEL_ALREADY_EXISTS"
    files = [version_pb2.FileEntry(path="a", size_bytes=1)]
    check = catalog.CheckRegistrationRequest(parent=model.name, files=files, create_model=True)
    assert refused(stubs.CheckRegistration, check).reason == "MODEL_ALREADY_EXISTS"
    undelete = catalog.UndeleteModelRequest(name=model.name)
    assert refused(stubs.UndeleteModel, undelete).reason == "MODEL_PURGED"


def test_a_purge_with_many_versions_goes_on_where_it_stopped(stubs: Stubs, space: str) -> None:
    model = created(stubs, space)
    count = 203
    for _ in range(count):
        registered(stubs, model.name)
    stubs.DeleteModel(catalog.DeleteModelRequest(name=model.name))
    request = catalog.PurgeModelRequest(name=model.name, purge_versions=True, reason="old")
    assert not stubs.PurgeModel(request).HasField("purge_time")
    assert refused(stubs.PurgeModel, catalog.PurgeModelRequest(name=model.name)).reason == (
        "MODEL_NOT_EMPTY"
    )
    left = refused(stubs.PurgeModel, catalog.PurgeModelRequest(name=model.name)).metadata
    assert 0 < int(left["version_count"]) < count
    while not stubs.PurgeModel(request).HasField("purge_time"):
        pass
    listed = catalog.ListVersionsRequest(parent=model.name, show_deleted=True, page_size=1000)
    states = {version.HasField("purge_time") for version in stubs.ListVersions(listed).versions}
    assert states == {True}


def test_the_preset_is_one_change_with_its_stages(stubs: Stubs, space: str) -> None:
    namespace = stubs.GetNamespace(catalog.GetNamespaceRequest(name=space))
    assert namespace.reuse_purged_names
    request = governance.GetStageGraphRequest(name=f"{space}/stageGraph")
    graph = stubs.GetStageGraph(request)
    assert [stage.id for stage in graph.stages] == ["none", "staging", "production", "archived"]
    assert {stage.capacity for stage in graph.stages} == {0}
    assert len(graph.edges) == 4 * 3
    assert graph.revision == namespace.revision
    version = registered(stubs, f"{space}/models/fraud")
    second = registered(stubs, f"{space}/models/fraud")
    for stage in ("production", "staging", "production", "none", "archived", "production"):
        stubs.SetStage(catalog.SetStageRequest(name=version.name, stage=stage))
    kept = stubs.SetStage(catalog.SetStageRequest(name=second.name, stage="production"))
    assert kept.stage == "production"
    staged = catalog.ListStagedVersionsRequest(parent=space, stage="production")
    assert len(stubs.ListStagedVersions(staged).entries) == 2
    unknown = catalog.CreateNamespaceRequest(namespace_id="space", preset="wandb")
    found = refused(stubs.CreateNamespace, unknown)
    assert (found.reason, found.fields) == ("INVALID_REQUEST", ("preset",))


def test_staged_versions_of_the_past_have_their_names_of_then(stubs: Stubs, space: str) -> None:
    version = registered(stubs, f"{space}/models/fraud")
    staged = stubs.SetStage(catalog.SetStageRequest(name=version.name, stage="production"))
    stubs.RenameModel(catalog.RenameModelRequest(name=f"{space}/models/fraud", model_id="a"))
    created(stubs, space)
    taken = registered(stubs, f"{space}/models/fraud")
    stubs.SetStage(catalog.SetStageRequest(name=taken.name, stage="production"))
    now = catalog.ListStagedVersionsRequest(parent=space, stage="production")
    names = [entry.version for entry in stubs.ListStagedVersions(now).entries]
    assert names == [f"{space}/models/a/versions/1", f"{space}/models/fraud/versions/1"]
    then = catalog.ListStagedVersionsRequest(
        parent=space, stage="production", as_of=staged.update_time
    )
    assert [entry.version for entry in stubs.ListStagedVersions(then).entries] == [version.name]


def test_the_command_of_the_server_makes_the_same_namespace(
    own_registry: RegistryProcess,
) -> None:
    command = (*SERVER, "namespace", "create", "--data-dir", own_registry.data_dir, "risk")
    run_python((*SERVER, "migrate", "--data-dir", own_registry.data_dir), clean_environ())
    wrong = run_python((*command, "--preset", "wandb"), clean_environ())
    assert (wrong.returncode, "one of mlflow" in wrong.stderr) == (2, True)
    made = run_python((*command, "--preset", "mlflow"), clean_environ())
    assert (made.returncode, made.stdout) == (0, "created namespace risk\n"), made.stderr
    again = run_python(command, clean_environ())
    assert (again.returncode, "already exists" in again.stderr) == (1, True)
    with connected(own_registry.start().target) as stubs:
        namespace = stubs.GetNamespace(catalog.GetNamespaceRequest(name="namespaces/risk"))
        assert namespace.reuse_purged_names
        assert namespace.creator.startswith("local:")
        graph = governance.GetStageGraphRequest(name="namespaces/risk/stageGraph")
        assert len(stubs.GetStageGraph(graph).edges) == 4 * 3
