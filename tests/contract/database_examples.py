"""Facts to store in contract tests of databases: phrases such as `a_version(model, 3)`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from registry_grpc.domain.alias import AliasEntry
from registry_grpc.domain.annotation import Annotations
from registry_grpc.domain.blob import Blob, Upload, UploadState
from registry_grpc.domain.change import Change
from registry_grpc.domain.denied_request import DeniedRequest
from registry_grpc.domain.deployment import (
    Deployment,
    DeploymentPhase,
    InstanceKey,
    StoredDeployment,
    deployment_id,
)
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.ensemble import (
    EnsembleSpec,
    EnsembleSummary,
    Member,
    MemberPin,
    MemberState,
    UnusableMember,
    UnusableMembers,
)
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.filter import Node, parse_filter
from registry_grpc.domain.filter_fields import MODEL_FILTER, VERSION_FILTER
from registry_grpc.domain.manifest import FileEntry, root_digest
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import (
    DeploymentName,
    ModelName,
    NamespaceName,
    RegistrationSchemaName,
    StageGraphName,
    UploadName,
)
from registry_grpc.domain.namespace import Namespace
from registry_grpc.domain.principal import Role, Token
from registry_grpc.domain.registration_schema import RegistrationSchema, SchemaDraft
from registry_grpc.domain.route import Arm, RouteAction, RouteEntry, RoutePlan
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.stage import StageEntry
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, StageGraph, StageGraphRevision
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.services.ports.database import Database, Transaction

START = datetime(2026, 5, 3, 12, 0, 0, 123_456, tzinfo=UTC)
_UIDS = count(1)


def at(minutes: float) -> datetime:
    """Return the moment `minutes` after the start."""
    return START + timedelta(minutes=minutes)


def a_uid() -> UUID:
    return UUID(int=next(_UIDS))


def a_digest(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).hexdigest())


def a_model(
    model: str = "fraud",
    *,
    namespace: str = "default",
    draft: ModelDraft | None = None,
    creator: str = "ann",
    create_time: datetime = START,
    revision: int = 1,
) -> Model:
    return Model(
        name=ModelName(namespace, model),
        uid=a_uid(),
        draft=draft or ModelDraft(),
        creator=creator,
        create_time=create_time,
        update_time=create_time,
        revision=revision,
    )


def some_files(*paths: str) -> list[FileEntry]:
    return [FileEntry(path, a_digest(path), len(path)) for path in paths or ("model.bin",)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFields:
    """The properties of a version that tests set."""

    files: Sequence[FileEntry] = field(default_factory=some_files)
    create_time: datetime = START
    revision: int = 1
    description: str = ""
    creator: str = "ann"
    stage: str = "none"
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    detail: VersionDetail = field(default_factory=VersionDetail)
    annotations: Mapping[str, str] = field(default_factory=dict)


def a_version(model: Model, number: int, fields: VersionFields | None = None) -> Version:
    fields = fields or VersionFields()
    return Version(
        name=model.name.version(number),
        uid=a_uid(),
        root_digest=root_digest(fields.files),
        size=sum(file.size for file in fields.files),
        file_count=len(fields.files),
        creator=fields.creator,
        create_time=fields.create_time,
        update_time=fields.create_time,
        revision=fields.revision,
        description=fields.description,
        tags=fields.tags,
        metrics=fields.metrics,
        labels=fields.labels,
        detail=fields.detail,
        stage=fields.stage,
        annotations=Annotations.of(fields.annotations),
    )


def add_version(
    transaction: Transaction, model: Model, number: int, fields: VersionFields | None = None
) -> Version:
    """Store a version and return it."""
    fields = fields or VersionFields()
    version = a_version(model, number, fields)
    transaction.versions.add(model, version, fields.files)
    transaction.annotations.change(
        version.uid, fields.annotations, version.revision, version.create_time
    )
    return version


def stored_model(
    database: Database, model: str = "fraud", *, draft: ModelDraft | None = None
) -> Model:
    """Return a model that is stored."""
    made = a_model(model, draft=draft)
    with database.change(lambda: START) as transaction:
        transaction.models.add(made)
    return made


def deleted(version: Version, moment: datetime, revision: int) -> Version:
    return replace(
        version,
        state=VersionState.DELETED,
        update_time=moment,
        delete_time=moment,
        revision=revision,
    )


def a_plan(model: Model, *numbers: int) -> RoutePlan:
    """Return a plan with an arm for each version, the first of which has all units."""
    arms = [
        Arm(f"arm{number}", model.name.version(number), SLOTS if index == 0 else 0)
        for index, number in enumerate(numbers)
    ]
    return RoutePlan(tuple(arms), arms[0].id, "0123456789abcdef").following(None)


def a_route_entry(
    model: Model, route: str, revision: int, plan: RoutePlan | None, *, ordinal: int = 0
) -> RouteEntry:
    """Return a revision of a route in the minute of its revision."""
    action = RouteAction.SET if plan else RouteAction.DELETE
    name, time = model.name.route(route), at(revision)
    return RouteEntry(name, plan, action, 0, time, "ann", "so it is", revision, ordinal)


def a_deployment(
    model: Model,
    number: int,
    instance: str = "a",
    *,
    follows: str = "@champion",
    phase: DeploymentPhase = DeploymentPhase.SERVING,
    message: str = "",
) -> StoredDeployment:
    """Return a deployment at eu-prod."""
    key = InstanceKey(model.name.namespace, "eu-prod", instance)
    uid = deployment_id(key, model.uid, follows, "")
    made = Deployment(
        DeploymentName(key.namespace, uid),
        key.target,
        instance,
        model.name.version(number),
        f"{model.name.model}{follows}" if follows else "",
        "",
        phase,
        message,
        "ann",
        START,
        START,
    )
    return StoredDeployment(made, made, model.uid, follows)


def a_move(
    model: Model, alias: str, number: int | None, revision: int, *, previous: int | None = None
) -> AliasEntry:
    """Return the move of an alias in the minute of its revision."""
    return AliasEntry(
        name=model.name.alias(alias),
        version=None if number is None else model.name.version(number),
        previous=None if previous is None else model.name.version(previous),
        time=at(revision),
        actor="ann",
        reason=f"because of {number}",
        revision=revision,
    )


def a_transition(model: Model, number: int, stage: str, previous: str, revision: int) -> StageEntry:
    """Return the move of a version in the minute of its revision."""
    return StageEntry(
        version=model.name.version(number),
        stage=stage,
        previous=previous,
        time=at(revision),
        actor="ann",
        reason="it is good",
        revision=revision,
    )


def a_change(model: Model) -> Change:
    return Change("model.create", str(model.name), "ann", None, model, "to test")


def a_blob(
    text: str = "bytes", *, namespace: str = "default", lease_until: datetime = START
) -> Blob:
    return Blob(
        namespace=namespace,
        digest=a_digest(text),
        size=len(text),
        crc32c=2**32 - 1,
        generation=2**62,
        create_time=START,
        lease_until=lease_until,
        blocks=(0, 2**32 - 1),
    )


def an_upload(
    *,
    namespace: str = "default",
    size: int = 2**40,
    state: UploadState = UploadState.OPEN,
    expire_time: datetime | None = None,
) -> Upload:
    return Upload(
        name=UploadName(namespace, a_uid()),
        digest=a_digest("coming"),
        size=size,
        state=state,
        creator="ann",
        create_time=START,
        expire_time=expire_time or at(60),
    )


def a_namespace(name: str = "risk") -> Namespace:
    return Namespace(NamespaceName(name), "", "ann", START, 1)


def a_schema(
    number: int, draft: SchemaDraft | None = None, *, namespace: str = "default"
) -> RegistrationSchema:
    """Return a registration schema of the minute of its number."""
    return RegistrationSchema(
        name=RegistrationSchemaName(namespace),
        number=number,
        draft=draft or SchemaDraft("{}"),
        updater="ann",
        update_time=at(number),
        revision=number,
    )


def a_graph(revision: int, graph: StageGraph = DEFAULT_GRAPH) -> StageGraphRevision:
    """Return a stage graph set in the minute of its revision."""
    return StageGraphRevision(StageGraphName("default"), graph, "ann", at(revision), revision)


def a_token(name: str = "t1", *, create_time: datetime = START) -> Token:
    return Token(
        id=name,
        principal="ann",
        role=Role.WRITER,
        create_time=create_time,
        expire_time=at(60),
    )


def model_filter(text: str) -> Node | None:
    """Parse a filter of models."""
    return parse_filter(text, MODEL_FILTER)


def version_filter(text: str) -> Node | None:
    """Parse a filter of versions."""
    return parse_filter(text, VERSION_FILTER)


def a_denied_request(
    *,
    name: str = "namespaces/default/models/fraud",
    actor: str = "eve",
    reason: str = "PERMISSION_DENIED",
    time: datetime = START,
    message: str = "eve has role reader",
    causes: Sequence[str] = (),
) -> DeniedRequest:
    return DeniedRequest(
        actor=actor,
        method="modelregistry.v1.CatalogService/SetAlias",
        name=name,
        reason=reason,
        message=message,
        causes=tuple(causes),
        request_id="4f0a",
        time=time,
    )


def an_ensemble(member: Version, number: int) -> Version:
    """Return an ensemble of one version, of its model."""
    pin = MemberPin(str(member.name), member.root_digest, member.uid)
    spec = EnsembleSpec((Member("only", pin),))
    return replace(
        member,
        name=member.name.parent.version(number),
        uid=uuid4(),
        detail=VersionDetail(ensemble=spec),
        detail_digest=None,
        ensemble=EnsembleSummary(1, 1, 1),
    )


def a_summary(ensemble: Version) -> EnsembleSummary:
    """Return the summary of an ensemble whose only member was revoked."""
    gone = UnusableMember("only", ensemble.name.parent.version(1), MemberState.REVOKED)
    return EnsembleSummary(1, 1, 1).with_unusable(UnusableMembers(1, 0, gone))
