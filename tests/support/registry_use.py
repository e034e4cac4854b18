"""One pass through the use cases of a registry, by three users with the SDK."""

from collections.abc import Mapping
from pathlib import Path

from modelregistry import (
    ApprovalRequirement,
    Client,
    DatasetInput,
    LineageEdge,
    LineageRole,
    MetricBound,
    Policy,
    Quiet,
    RegistrationSchema,
    Rule,
    SliceMetric,
    TransitionState,
    Version,
)
from modelregistry.errors import PermissionDenied, VersionRevoked

PEOPLE = {"ann": "admin", "ben": "approver", "eve": "reader"}
"""The users, with their roles."""
_MIB = 1024 * 1024
_DIGEST = "sha256:" + "ab" * 32


def use_registry(target: str, tokens: Mapping[str, str], folder: Path, model: str) -> None:
    """Register, judge, promote, look up and remove versions of a model of this name."""
    with (
        Client(target, token=tokens["ann"], cache=False) as ann,
        Client(target, token=tokens["ben"], cache=False) as ben,
        Client(target, token=tokens["eve"], cache=False) as eve,
    ):
        base, tuned = _push(ann, folder, model)
        _judge(ann, base, tuned)
        _promote(ann, ben, model, base, tuned)
        _be_refused(eve, model)
        _describe(ann, model, tuned)
        _remove(ann, folder, model)
        check_use(ann, model, folder)


def _push(ann: Client, folder: Path, model: str) -> tuple[Version, Version]:
    files = folder / model
    files.mkdir()
    (files / "weights.bin").write_bytes(model.encode() * (5 * _MIB // len(model)))
    (files / "small.json").write_text(f'{{"model": "{model}"}}')
    base = ann.push(
        model,
        files,
        alias="candidate",
        metrics={"auc": 0.91},
        slices=[SliceMetric(dimension="age", value="40+", metric="auc", result=0.9, count=641)],
        tags={"team": "risk"},
        params={"epochs": "20"},
        labels={"tier": "1"},
        inputs=[DatasetInput(uri=f"gs://{model}/q3", digest="sha256:aa")],
        environment=None,
        source=None,
        progress=Quiet(),
    )
    (files / "small.json").write_text(f'{{"tuned": "{model}"}}')
    tuned = ann.push(
        model,
        files,
        metrics={"auc": 0.95},
        parents=[base.ref],
        environment=None,
        source=None,
        progress=Quiet(),
    )
    return base, tuned


def _judge(ann: Client, base: Version, tuned: Version) -> None:
    ann.submit_evaluation(tuned, metrics={"auc": 0.96}, dataset_uri="gs://holdout")
    ann.record_attestation(tuned, predicate_type="slsa", payload_digest=_DIGEST, signer="ci")
    derived = LineageEdge(source=tuned.ref, role=LineageRole.DERIVED_FROM, target=base.ref)
    ann.record_lineage([derived])


def _promote(ann: Client, ben: Client, model: str, base: Version, tuned: Version) -> None:
    ann.set_stage(base, "staging")
    ann.set_stage(base, "production")
    ann.set_stage(tuned, "staging")
    bound = Rule(id="auc", check=MetricBound(metric="auc", minimum=0.9))
    need = ApprovalRequirement(id="risk", meaning="validated", roles=("approver",))
    policy = Policy(
        name=f"{model}-quality",
        to_stage="production",
        models=model,
        rules=(bound,),
        approvals=(need,),
    )
    ann.put_policy(policy)
    assert ann.check_transition(tuned, "production").findings
    asked = ann.promote(tuned, "production", reason="better")
    assert asked.state is TransitionState.PENDING_APPROVAL
    applied = ben.approve(asked, comment="looked at it", binding=asked.binding)
    assert applied.state is TransitionState.APPLIED
    assert ann.resolve(f"{model}@production").number == tuned.number
    ann.rollback(f"{model}@production", reason="complaints")


def _be_refused(eve: Client, model: str) -> None:
    try:
        eve.set_alias(model, "champion", 1)
    except PermissionDenied:
        return
    message = "a reader moved an alias"
    raise AssertionError(message)


def _describe(ann: Client, model: str, tuned: Version) -> None:
    ann.update_model(model, description="detects", labels={"team": "risk"}, owner="risk")
    ann.update_model(model, annotations={"mlflow.note": "ü"})
    ann.label_version(tuned, {"reviewed": "yes"})
    ann.set_alias(model, "champion", tuned.number, reason="live")
    ann.set_alias(model, "old", 1)
    ann.delete_alias(model, "old")
    ann.create_namespace(f"{model}-namespace", quota_bytes=_MIB)
    schema = ann.set_registration_schema(RegistrationSchema())
    assert ann.registration_schema() == schema
    ann.set_stage_graph(ann.stage_graph())


def _remove(ann: Client, folder: Path, model: str) -> None:
    made = [
        ann.push(f"{model}-other", folder / model, environment=None, source=None, progress=Quiet())
        for _ in range(4)
    ]
    ann.deprecate_version(made[0], reason="old")
    ann.restore_version(made[0], reason="needed")
    ann.yank_version(made[1], reason="wrong")
    ann.revoke_version(made[2], reason="leaked")
    ann.delete_version(made[3], reason="unused")
    try:
        ann.resolve(made[2].ref)
    except VersionRevoked:
        pass
    else:
        message = "a revoked version was resolved"
        raise AssertionError(message)
    ann.delete_model(f"{model}-other", force=True)
    ann.undelete_model(f"{model}-other")


def check_use(ann: Client, model: str, folder: Path | None = None) -> None:
    """Check that what `use_registry` made is as it was made; folder: to pull into."""
    champion = ann.resolve(f"{model}@champion")
    assert (champion.number, champion.metrics["auc"]) == (2, 0.95)
    assert ann.resolve(f"{model}@production").number == 1
    assert next(iter(ann.stage_history(model))).reason == "complaints"
    aliases = [alias.name.rpartition("/")[2] for alias in ann.list_aliases(model)]
    assert aliases == ["candidate", "champion"]
    assert [v.number for v in ann.list_versions(model, filter="metrics.auc > 0.92")] == [2]
    assert [v.number for v in ann.list_versions(model, filter="params.epochs = '20'")] == [1]
    (evaluation,) = ann.evaluations(f"{model}/2")
    assert evaluation.metrics == {"auc": 0.96}
    assert [use.version.number for use in ann.versions_using(f"gs://{model}/q3")] == [1]
    roles = {step.edge.role for step in ann.lineage(f"{model}/2").steps}
    assert {LineageRole.DERIVED_FROM, LineageRole.TRAINED_ON} <= roles, roles
    actions = [entry.action for entry in ann.audit(models=[model])]
    changes = {"version.register", "transition.apply", "alias.set"}
    assert {*changes, "permission.denied"} <= set(actions)
    (denied,) = ann.audit(models=[model], action="permission.")
    assert denied.denied_request is not None
    assert ann.get_policy(f"{model}-quality").rules
    assert [file.path for file in ann.list_files(f"{model}/2")] == ["small.json", "weights.bin"]
    if folder is not None:
        pulled = ann.pull(f"{model}@champion", folder / "pulled")
        assert (pulled / "small.json").read_text() == f'{{"tuned": "{model}"}}'
