"""Reports for tests of their formats: one with all facts of a version, and one without any."""

from datetime import UTC, datetime, timedelta

from modelregistry.types import (
    AliasEntry,
    Approval,
    Attestation,
    ChangeEvent,
    ConfidenceInterval,
    DatasetInput,
    DatasetNode,
    DatasetRole,
    Environment,
    Evaluation,
    FileEntry,
    Finding,
    FindingOutcome,
    LineageEdge,
    LineageRole,
    LineageStep,
    Model,
    Package,
    Report,
    Signature,
    SliceMetric,
    Source,
    StageEntry,
    TensorSpec,
    Transition,
    TransitionKind,
    TransitionMove,
    TransitionState,
    Version,
)

START = datetime(2026, 5, 3, 12, tzinfo=UTC)
MODEL = "namespaces/risk/models/fraud"
NAME = f"{MODEL}/versions/7"
PARENT = f"{MODEL}/versions/6"
UID = "01920000-0000-7000-8000-000000000001"
SHA = "sha256:" + "ab" * 32


def at(days: int) -> datetime:
    """Return a moment of the record."""
    return START + timedelta(days=days)


def empty_report() -> Report:
    """A version of which nothing is known but that it is there."""
    version = Version(name=NAME, uid=UID, number=7, root_digest=SHA, stage="none")
    return Report(version=version, model=Model(name=MODEL))


def rich_report(text: str = "plain") -> Report:
    """A version of which everything is known; `text` stands wherever people write freely."""
    return Report(
        version=_version(text),
        model=Model(name=MODEL, owner=text, description=text, revision=1),
        files=(
            FileEntry(path=f"{text}.bin", digest=SHA, size_bytes=12_345, media_type="a/b"),
            FileEntry(path="odd", digest=SHA, size_bytes=0, media_type=text),
        ),
        lineage=_lineage(text),
        evaluations=(_evaluation(text),),
        attestations=(
            Attestation(
                name=f"{NAME}/attestations/{UID}",
                predicate_type=text,
                payload_digest=SHA,
                signer=text,
                creator=text,
                create_time=at(3),
                revision=30,
            ),
        ),
        transitions=(_transition(text),),
        stage_moves=(
            StageEntry(
                version=NAME,
                stage="production",
                previous_stage="staging",
                create_time=at(5),
                actor=text,
                reason=text,
                revision=50,
            ),
        ),
        life=(
            ChangeEvent(
                revision=40,
                index=0,
                action="version.deprecate",
                name=NAME,
                time=at(4),
                actor=text,
                reason=text,
            ),
        ),
        alias_moves=(
            AliasEntry(
                name=f"{MODEL}/aliases/champion",
                version=NAME,
                previous_version="",
                create_time=at(2),
                actor=text,
                reason=text,
                revision=20,
            ),
        ),
    )


def slices(text: str) -> tuple[SliceMetric, ...]:
    """Two parts of the data, one with an interval."""
    interval = ConfidenceInterval(low=0.8, high=0.95, level=0.95)
    return (
        SliceMetric(
            dimension="age", value="60-69", metric="auc", result=0.9, count=120, interval=interval
        ),
        SliceMetric(dimension="age", value=text, metric="auc", result=0.97, count=1_200),
    )


def _version(text: str) -> Version:
    return Version(
        name=NAME,
        uid=UID,
        number=7,
        root_digest=SHA,
        size_bytes=12_345,
        file_count=2,
        description=text,
        tags={"license": text, "team": text},
        labels={"tier": text},
        metrics={"f1": 0.88, "auc": 0.9625},
        stage="production",
        aliases=("champion",),
        create_time=at(0),
        update_time=at(5),
        creator=text,
        revision=50,
        environment=Environment(
            python_version="3.11.7",
            platform=text,
            packages=(Package("Scikit_Learn", "1.7.2+local"), Package(text, text)),
            image=f"trainer@{SHA}",
            accelerator=text,
        ),
        source=Source(
            repository="https://git.example/risk/fraud.git",
            commit="c" * 40,
            dirty=False,
            run_id=text,
            entry_point=text,
        ),
        inputs=(
            DatasetInput(uri=text, digest=SHA, role=DatasetRole.TRAINING),
            DatasetInput(uri="gs://claims/q4.parquet", role=DatasetRole.TEST),
        ),
        parents=(PARENT,),
        params={"depth": "7", text: text},
        annotations={"note": text},
        slices=slices(text),
        signature=Signature(
            inputs=(TensorSpec(name=text, dtype="float32", shape=(-1, 4)),),
            outputs=(TensorSpec(dtype="float32"),),
        ),
    )


def _lineage(text: str) -> tuple[LineageStep, ...]:
    later = DatasetNode(name="namespaces/risk/datasets/9", uri="gs://claims/late", digest=text)
    same = DatasetNode(name="namespaces/risk/datasets/1", uri=text, digest=SHA)
    return tuple(
        LineageStep(
            depth=1,
            edge=LineageEdge(
                source=NAME, role=LineageRole.TRAINED_ON, target=node.name, revision=11
            ),
            node=node,
        )
        for node in (later, same)
    )


def _evaluation(text: str) -> Evaluation:
    return Evaluation(
        name=f"{NAME}/evaluations/{UID}",
        dataset_uri=text,
        dataset_digest=SHA,
        evaluator=text,
        evaluator_digest=SHA,
        metrics={"auc": 0.94},
        slices=slices(text),
        slice_count=2,
        description=text,
        digest=SHA,
        creator=text,
        create_time=at(3),
        revision=31,
    )


def _transition(text: str) -> Transition:
    finding = Finding(
        policy="quality@3",
        rule="each-age",
        version=NAME,
        outcome=FindingOutcome.WARNED,
        message=text,
        subject=f"age={text}",
        metric="auc",
        expected="≥ 0.92",
        actual="0.9 (n=120)",
    )
    approval = Approval(
        actor="eve",
        role="approver",
        approved=True,
        requirement="quality/clinic",
        meaning=text,
        comment=text,
        create_time=at(4),
        binding=SHA,
        stands=True,
    )
    return Transition(
        name=f"namespaces/risk/transitions/{UID}",
        kind=TransitionKind.PROMOTION,
        state=TransitionState.APPLIED,
        moves=(
            TransitionMove(
                version=NAME,
                from_stage="staging",
                to_stage="production",
                policies=("quality@3",),
                findings=(finding,),
            ),
        ),
        requester=text,
        reason=text,
        approvals=(approval,),
        create_time=at(4),
        end_time=at(5),
        cause=text,
        revision=50,
    )
