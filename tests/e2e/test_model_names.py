"""Models with names of any script, through the SDK, the command line, exports and a restart."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from modelregistry import (
    ApprovalRequirement,
    Client,
    DatasetInput,
    Policy,
    TransitionState,
    errors,
    names,
)
from modelregistry.cli import app, formats
from tests.support.server import RegistryProcess

IDS = (
    "-x",
    "My model (neu) 2+",
    "Production_RF",
    "Gr\u00f6\u00dfe \u8a50\u6b3a",
    "\u0915\u0949\u0932\u0930",
    "\u7d71" * 85 + "x",
)
ALIASES = ("Champion", "1st", "\u51a0\u8ecd")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def client(registry_on_either: RegistryProcess) -> Iterator[Client]:
    with Client(registry_on_either.target, cache=False) as connected:
        yield connected


@pytest.fixture
def run(
    registry_process: RegistryProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    monkeypatch.setenv("MODELREG_SERVER", registry_process.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "2000")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = app.run(list(arguments))
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(b"weights")
    return path


def test_every_call_takes_every_name(
    client: Client, registry_on_either: RegistryProcess, content: Path, tmp_path: Path
) -> None:
    for number, model in enumerate(IDS):
        made = client.push(model, content, alias="Champion", metrics={"auc": 0.9})
        assert (made.name, made.ref) == (
            f"namespaces/default/models/{model}/versions/1",
            f"{model}/1",
        )
        for alias in ALIASES:
            client.set_alias(model, alias, 1)
            assert client.resolve(f"{model}@{alias}") == client.resolve(f"{model}/1")
        with pytest.raises(errors.AliasNotFound):
            client.resolve(f"{model}@champion")
        assert client.pull(f"{model}@latest", tmp_path / f"pulled-{number}").is_dir()
        assert [event.name for event in client.audit(models=[model])][-1] == names.model_name(model)
        client.push(
            model, content, parents=[f"{model}@1st"], inputs=[DatasetInput(uri="gs://claims/q3")]
        )
        _check_exports(client, f"{model}/2")
    assert [model.id for model in client.list_models()] == sorted(IDS, key=str.encode)
    found = client.list_models(filter='id = "My model (*"')
    assert [model.id for model in found] == ["My model (neu) 2+"]
    registry_on_either.stop()
    registry_on_either.start()
    with Client(registry_on_either.target, cache=False) as again:
        for model in IDS:
            assert sorted(again.resolve(f"{model}/1").aliases) == sorted(ALIASES)


def _check_exports(client: Client, ref: str) -> None:
    known = json.loads(client.export_lineage(ref, "prov"))
    qualified = [name for records in known.values() for name in records if name.startswith("mr:")]
    assert qualified
    assert all(re.fullmatch(r"mr:[!-~]+", name) for name in qualified)
    assert not any(set(name) & set(" ()") for name in qualified)
    events = json.loads(client.export_lineage(ref))
    outputs = {each["name"] for event in events for each in event["outputs"]}
    assert outputs >= {client.get_version(ref).name}


def test_a_second_name_that_differs_in_case_or_form_is_refused(
    client: Client, content: Path
) -> None:
    client.push("Production RF", content)
    for other in ("production rf", "PRODUCTION RF", "Production \uff32\uff26"):
        for attempt in (
            client.create_model,
            partial(client.push, path=content),
            partial(client.check_push, path=content),
        ):
            with pytest.raises(errors.ModelAlreadyExists) as refused:
                attempt(other)
            resource = refused.value.metadata["resource"]
            assert resource == "namespaces/default/models/Production RF"
            assert names.name_key(names.segment(resource, "models")) == names.name_key(other)
        with pytest.raises(errors.ModelNotFound):
            client.get_model(other)
    assert [model.id for model in client.list_models()] == ["Production RF"]


def test_policies_and_alias_rules_match_in_every_case(client: Client, content: Path) -> None:
    review = ApprovalRequirement(id="risk", meaning="validated")
    client.put_policy(
        Policy(name="quality", to_stage="staging", models="fraud*", approvals=(review,))
    )
    version = client.push("Fraud Detection", content)
    waiting = client.promote(version, to="staging")
    assert waiting.state is TransitionState.PENDING_APPROVAL


@pytest.mark.parametrize("model", IDS[:2])
def test_printed_commands_can_be_pasted(run: Run, content: Path, model: str) -> None:
    code, _, err = run("models", "create", "--", model)
    assert code == 0
    *_, pushing = shlex.split(err.strip().partition("with: modelreg ")[2].replace("\n", " "))[:2]
    assert run("push", pushing, str(content))[0] == 0
    code, out, err = run("alias", "list", pushing)
    printed = shlex.split((out + err).strip().partition("modelreg ")[2])
    assert run(*printed[:-1], "1")[0] == 0
    code, out, _ = run("versions", "show", f"{pushing}@champion", "--json")
    assert (code, json.loads(out)["name"]) == (0, f"namespaces/default/models/{model}/versions/1")
    for form in ("html", "md"):
        assert run("report", f"{pushing}/1", "--format", form)[0] == 0
    code, out, _ = run("models", "list")
    assert model in out
    code, _, err = run("versions", "show", f"{pushing}/9")
    assert f"{model}/9" in err
    printed = shlex.split(err.partition("`modelreg ")[2].partition("`")[0])
    assert run(*printed)[0] == 0
    code, _, err = run("models", "create", "--", model.upper())
    word = formats.shell_word(model)
    assert f"`modelreg models show {word}`" in err
    assert run("models", "delete", pushing, "--yes")[0] == 0
    code, _, err = run("models", "create", "--", model.upper())
    assert f"`modelreg models undelete {word}`" in err
