"""Reports of a real registry: everything that happened to a version is in them."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from typing_extensions import override

from modelregistry import (
    ApprovalRequirement,
    AsyncClient,
    Client,
    DatasetInput,
    FindingOutcome,
    LineageEdge,
    LineageRole,
    MetricBound,
    Model,
    Policy,
    Quiet,
    Report,
    Rule,
    SliceMetric,
    Source,
    TransitionState,
    VersionState,
    errors,
    report,
)
from modelregistry.cli import app, documents
from modelregistry.types import DatasetNode
from tests.support.server import RegistryProcess

GROUPS = Rule(id="groups", check=MetricBound(metric="auc", dimension="age", minimum=0.8))
REVIEW = ApprovalRequirement(id="clinic", meaning="validated on every group")
POLICY = Policy(
    name="quality", to_stage="production", models="*", rules=(GROUPS,), approvals=(REVIEW,)
)


def part(value: str, result: float) -> SliceMetric:
    return SliceMetric(dimension="age", value=value, metric="auc", result=result, count=100)


@dataclass(frozen=True)
class Writer:
    """A writer of a registry that the tests of this file share, and how to be her."""

    ann: Client
    target: str
    token: str


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """A registry with a model whose second version has a long life."""
    folder = tmp_path_factory.mktemp("registry")
    server = RegistryProcess(folder / "data")
    roles = {"root": "admin", "ann": "writer", "eve": "approver"}
    secrets = {name: server.token(name, role) for name, role in roles.items()}
    server.start()
    with (
        Client(server.target, token=secrets["root"], cache=False) as root,
        Client(server.target, token=secrets["eve"], cache=False) as eve,
        Client(server.target, token=secrets["ann"], cache=False) as ann,
    ):
        root.put_policy(POLICY)
        _live(ann, eve, folder)
        yield Writer(ann, server.target, secrets["ann"])
    server.stop()


@pytest.fixture
def registry(writer: Writer) -> Client:
    return writer.ann


@pytest.fixture
def shell(writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The client of whom the shell is, too."""
    monkeypatch.setenv("MODELREG_SERVER", writer.target)
    monkeypatch.setenv("MODELREG_TOKEN", writer.token)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return writer.ann


def _live(ann: Client, eve: Client, folder: Path) -> None:
    weights = folder / "weights.bin"
    weights.write_bytes(b"\x00\x01" * 1_000)
    for number in (1, 2):
        ann.push(
            "fraud",
            weights,
            alias="candidate",
            metrics={"auc": 0.9},
            slices=[part("old", 0.7), part("young", 0.9)],
            inputs=[DatasetInput(uri="gs://claims/q3.parquet")],
            parents=["fraud/1"] if number > 1 else (),
            source=Source(repository="https://git.example/fraud", commit="c" * 40, dirty=False),
            progress=Quiet(),
        )
        ann.set_stage(f"fraud/{number}", "staging")
    with pytest.raises(errors.GateRefused):
        ann.promote("fraud/2", "production", reason="too early")
    ann.submit_evaluation(
        "fraud/2",
        metrics={"auc": 0.95},
        slices=[part("old", 0.85), part("young", 0.96)],
        dataset_uri="gs://claims/clinic.parquet",
        evaluator="clinic-suite",
    )
    used = DatasetNode(uri="gs://claims/late.parquet")
    ann.record_lineage([LineageEdge(source="fraud/2", role=LineageRole.VALIDATED_ON, target=used)])
    eve.approve(ann.promote("fraud/2", "production", reason="better"), comment="looked at it")
    ann.set_alias("fraud", "champion", 2, reason="live")
    ann.delete_alias("fraud", "candidate", reason="done")


def test_everything_that_happened_is_in_it(registry: Client) -> None:
    known = registry.report("fraud@production")
    assert known.version == registry.get_version("fraud/2")
    assert [file.path for file in known.files] == ["weights.bin"]
    (evaluation,) = known.evaluations
    assert {each.value: each.result for each in evaluation.slices} == {"old": 0.85, "young": 0.96}
    applied, refused = known.transitions
    assert (applied.state, refused.state) == (TransitionState.APPLIED, TransitionState.REFUSED)
    assert [(each.actor, each.comment) for each in applied.approvals] == [("eve", "looked at it")]
    outcomes = {item.outcome for move in applied.moves for item in move.findings}
    assert outcomes == {FindingOutcome.PASSED}
    assert [(move.previous_stage, move.stage) for move in known.stage_moves] == [
        ("staging", "production"),
        ("none", "staging"),
    ]
    assert [move.name.rpartition("/")[2] for move in known.alias_moves] == [
        *("candidate", "champion", "candidate")
    ]
    nodes = {step.node.uri for step in known.lineage if isinstance(step.node, DatasetNode)}
    assert nodes == {"gs://claims/q3.parquet", "gs://claims/late.parquet"}
    assert known.revision >= known.version.revision
    assert known.time is not None


def test_the_version_that_was_never_moved_has_its_own(registry: Client) -> None:
    known = registry.report("fraud/1")
    assert known.evaluations == ()
    assert known.transitions == ()
    assert [(move.previous_stage, move.stage) for move in known.stage_moves] == [
        ("none", "staging")
    ]
    # The alias came with the version, and went to the next.
    assert len(known.alias_moves) == 2


def test_the_same_facts_are_the_same_report_from_both_clients(writer: Writer) -> None:
    async def read() -> Report:
        async with AsyncClient(writer.target, token=writer.token, cache=False) as client:
            return await client.report("fraud/2")

    first = writer.ann.report("fraud/2")
    writer.ann.create_model("another")
    second = asyncio.run(read())
    assert first == second
    assert report.html(first) == report.html(second)


def test_a_deleted_version_keeps_its_record(registry: Client, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"gone")
    gone = registry.push("gone", tmp_path / "weights.bin", source=None, progress=Quiet())
    deleted = registry.delete_version(gone)
    known = registry.report("gone/1")
    assert known.version.delete_time == deleted.delete_time
    assert [event.action for event in known.life] == ["version.delete"]
    assert f"**deleted**: {deleted.delete_time:%Y-%m-%d}" in report.markdown(known)


def test_a_revoked_version_keeps_its_record_without_files(registry: Client, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"poisoned")
    bad = registry.push("bad", tmp_path / "weights.bin", source=None, progress=Quiet())
    registry.deprecate_version(bad, reason="old")
    registry.revoke_version(bad, reason="poisoned data")
    known = registry.report("bad/1")
    assert known.version.state is VersionState.REVOKED
    assert known.files == ()
    assert [(event.action, event.actor, event.reason) for event in known.life] == [
        ("version.revoke", "ann", "poisoned data"),
        ("version.deprecate", "ann", "old"),
    ]
    text = report.markdown(known)
    assert "- **state**: revoked" in text
    assert "- **resolved by**: nothing: it was revoked" in text
    assert "| revoke | ann | poisoned data |" in text
    assert (
        JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(report.cyclonedx(known)))
        is None
    )


def test_what_does_not_exist_has_no_report(registry: Client) -> None:
    with pytest.raises(errors.VersionNotFound):
        registry.report("fraud/9")


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = app.run(["report", *arguments])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out


def test_the_shell_writes_every_format(
    shell: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = shell.report("fraud/2")
    assert ran(capsys, "fraud/2") == report.markdown(known)
    assert ran(capsys, "fraud@champion", "--format", "html") == report.html(known)
    as_json = json.loads(ran(capsys, "fraud/2", "--format", "json"))
    assert as_json == documents.document(known)
    assert json.loads(ran(capsys, "fraud/2", "--json")) == as_json
    target = tmp_path / "bom.json"
    assert ran(capsys, "fraud/2", "--format", "cyclonedx", "-o", str(target)) == ""
    text = target.read_text(encoding="utf-8")
    assert json.loads(text) == report.cyclonedx(known)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


@pytest.mark.usefixtures("shell")
def test_the_shell_says_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["report", "fraud/9"]) != 0
    assert "version fraud/9 does not exist" in capsys.readouterr().err
    assert app.run(["report", "fraud/2", "--format", "pdf"]) == 2


class Interrupted(Client):
    """A client with `times` concurrent changes of version and model during its reports."""

    times = 0
    reads = 0

    @override
    def get_model(
        self, model: str | Model, *, min_revision: int = 0, history_id: str = ""
    ) -> Model:
        self.reads += 1
        if self.reads <= self.times:
            self.label_version(f"{model}/versions/1", {"round": str(self.reads)})
            self.update_model(model, owner=f"owner {self.reads}")
        return super().get_model(model, min_revision=min_revision, history_id=history_id)


@pytest.mark.parametrize("times, reads, settles", [(0, 1, True), (1, 2, True), (9, 5, False)])
def test_a_report_is_of_one_moment_or_says_that_it_is_not(
    writer: Writer, times: int, reads: int, settles: bool
) -> None:
    model = f"busy-{times}"
    with Interrupted(writer.target, token=writer.token, cache=False) as client:
        client.push(model, Path(__file__), progress=Quiet(), source=None)
        client.times = times
        found = client.report(f"{model}@latest")
    assert (client.reads, found.of_one_moment) == (reads, settles)
    assert found.model.owner.removeprefix("owner ") == (str(min(times, reads)) if times else "")
    if settles:
        assert found.version.labels.get("round", "0") == str(times)
    assert ("changed during reading" in report.markdown(found)) is not settles


def test_what_happens_elsewhere_is_no_reason_to_read_again(writer: Writer) -> None:
    class Beside(Client):
        """A client beside whose reports another model changes."""

        reads = 0

        @override
        def get_model(
            self, model: str | Model, *, min_revision: int = 0, history_id: str = ""
        ) -> Model:
            self.reads += 1
            self.update_model("elsewhere", owner=f"owner {self.reads}")
            return super().get_model(model, min_revision=min_revision, history_id=history_id)

    with Beside(writer.target, token=writer.token, cache=False) as client:
        client.create_model("elsewhere")
        assert client.report("fraud/2").of_one_moment
        assert client.reads == 1
