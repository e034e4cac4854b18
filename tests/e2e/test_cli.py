"""`modelreg` against a real server: every command as text and as JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from modelregistry.cli import app
from modelregistry.types import Alias, AliasEntry, FileEntry, Model, Namespace, StageEntry, Version
from tests.support.server import RegistryProcess, registry_process

__all__ = ["registry_process"]

_NUMBERS = count(1)


@dataclass(frozen=True)
class Ran:
    """The result of one run of the program."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the document holds
        assert self.code == 0, self.err
        assert self.err == ""
        return json.loads(self.out)

    @property
    def failure(self) -> Any:  # noqa: ANN401 - whatever the document holds
        assert self.code != 0
        assert self.out == ""
        return json.loads(self.err)


Run = Callable[..., Ran]


@pytest.fixture
def run(
    registry_process: RegistryProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    monkeypatch.setenv("MODELREG_SERVER", registry_process.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("TOKEN", "PROFILE", "NAMESPACE"):
        monkeypatch.delenv(f"MODELREG_{name}", raising=False)

    def run(*arguments: object) -> Ran:
        code = app.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "weights.bin").write_bytes(b"\x00\x01" * 1000)
    (made / "config.json").write_text('{"layers": 3}')
    (made / "empty").write_bytes(b"")
    return made


@pytest.fixture
def model(run: Run, folder: Path) -> str:
    """A model of this test's own, with two versions, the first named champion."""
    name = f"fraud-{next(_NUMBERS)}"
    assert run("push", name, folder, "--alias", "champion", "--metric", "auc=0.97").code == 0
    assert run("push", name, folder).code == 0
    return name


def names_of(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


def test_push_records_what_it_is_told(run: Run, folder: Path, tmp_path: Path, model: str) -> None:
    slices = tmp_path / "slices.json"
    part = {"dimension": "age", "value": "60-69", "metric": "auc", "result": 0.91, "count": 7}
    slices.write_text(json.dumps([part]))
    signature = tmp_path / "signature.json"
    signature.write_text(json.dumps({"outputs": [{"dtype": "int64", "shape": [-1]}]}))
    made = run(
        *("push", model, folder, "--json", "--alias", "shadow", "--description", "Better"),
        *("--metric", "auc=0.98", "--metric", "f1=0.9", "--tag", "team=risk"),
        *("--label", "reviewed=yes", "--param", "lr=0.01", "--parent", f"{model}@champion"),
        *("--input", "training=gs://claims/q3@sha256:0123456789abcdef"),
        *("--slices", slices, "--signature", signature, "--no-source"),
    ).json
    assert set(made) == names_of(Version)
    assert made["number"] == 3
    assert made["aliases"] == ["shadow"]
    assert made["description"] == "Better"
    assert made["metrics"] == {"auc": 0.98, "f1": 0.9}
    assert made["tags"] == {"team": "risk"}
    assert made["labels"] == {"reviewed": "yes"}
    assert made["params"] == {"lr": "0.01"}
    assert made["parents"] == [f"namespaces/default/models/{model}/versions/1"]
    assert made["inputs"] == [
        {"uri": "gs://claims/q3", "digest": "sha256:0123456789abcdef", "role": "training"}
    ]
    assert made["slices"] == [part | {"interval": None}]
    assert made["signature"]["outputs"] == [{"dtype": "int64", "name": "", "shape": [-1]}]
    assert made["environment"]["python_version"]
    assert made["source"] is None


def test_push_says_what_it_registered(run: Run, folder: Path, model: str) -> None:
    ran = run("push", model, folder, "--alias", "champion", "--no-environment")
    assert ran.code == 0
    assert ran.out == f"registered {model}/3  2.0 KiB in 3 files  champion\n"
    assert f"modelreg versions show {model}/3" in ran.err


def test_a_version_is_registered_by_reference(run: Run, folder: Path, model: str) -> None:
    uri = "s3://models/fraud/7"
    ran = run("push", model, "--by-reference", uri, "--annotate", "a b=c=d", "--no-environment")
    assert (ran.code, ran.out) == (0, f"registered {model}/3  by reference to {uri}\n")
    shown = run("versions", "show", f"{model}/3", "--json").json
    assert shown["annotations"] == {"a b": "c=d"}
    assert (shown["by_reference"], shown["source"]["uri"]) == (True, uri)
    pushed = run("push", model, folder, "--annotate", "a=1", "--annotate", "b=", "--json").json
    assert pushed["annotations"] == {"a": "1", "b": ""}
    for wrong in ((), (folder, "--by-reference", uri), ("--by-reference", uri, "--dry-run")):
        assert run("push", model, *wrong).code == 2
    secret = run("push", model, "--by-reference", "https://ann:pass@example.org/m")
    assert secret.code == 2
    assert "--by-reference" in secret.err
    assert "pass@" not in secret.err
    assert "--annotate k" in run("push", model, folder, "--annotate", "k=a\x00").err


def test_push_without_leave_creates_no_model(run: Run, folder: Path) -> None:
    ran = run("push", "nowhere", folder, "--no-create-model", "--json")
    assert ran.code == 3
    assert ran.failure["reason"] == "MODEL_NOT_FOUND"


def test_pull_brings_the_same_bytes(run: Run, folder: Path, tmp_path: Path, model: str) -> None:
    target = tmp_path / "serving"
    ran = run("pull", f"{model}@champion", target)
    assert ran.code == 0
    assert ran.out == f"pulled {model}/1  2.0 KiB in 3 files  to {target}\n"
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    made = run("pull", f"{model}/2", target, "--json").json
    assert made["path"] == str(target)
    assert made["version"]["number"] == 2


def test_pull_refuses_a_target_that_is_a_file(run: Run, tmp_path: Path, model: str) -> None:
    (tmp_path / "file").write_text("keep")
    ran = run("pull", f"{model}/1", tmp_path / "file", "--json")
    assert ran.code == 1
    assert ran.failure["reason"] == "TARGET_REFUSED"
    assert (tmp_path / "file").read_text() == "keep"


def test_resolve_answers_for_each_reference(run: Run, model: str) -> None:
    made = run("resolve", f"{model}@champion", f"{model}@latest", "--json").json
    assert [answer["ref"] for answer in made] == [f"{model}@champion", f"{model}@latest"]
    assert [answer["version"]["number"] for answer in made] == [1, 2]
    ran = run("resolve", f"{model}@champion")
    assert ran.code == 0
    assert f"{model}/1" in ran.out
    assert ran.err == ""


def test_resolve_prints_what_it_can_and_fails_for_the_rest(run: Run, model: str) -> None:
    ran = run("resolve", f"{model}@champion", f"{model}@nobody")
    assert ran.code == 3
    assert f"{model}/1" in ran.out
    assert "does not exist" in ran.err
    ran = run("resolve", f"{model}@champion", f"{model}@nobody", "--json")
    assert ran.code == 3
    good, bad = json.loads(ran.out)
    assert good["version"]["number"] == 1
    assert bad["error"]["reason"] == "ALIAS_NOT_FOUND"


def test_resolve_answers_for_the_past(run: Run, model: str) -> None:
    ran = run("resolve", f"{model}@champion", "--as-of", "1d", "--json")
    assert ran.code == 3
    registered = run("versions", "show", f"{model}/1", "--json").json["create_time"]
    run("alias", "set", model, "champion", "2")
    made = run("resolve", f"{model}@champion", "--as-of", registered, "--json").json
    assert made[0]["version"]["number"] == 1


def test_models_are_created_shown_changed_and_listed(run: Run) -> None:
    name = f"churn-{next(_NUMBERS)}"
    ran = run("models", "create", name, "--owner", "ann", "--label", "team=risk")
    assert ran.code == 0
    assert ran.out == f"created {name}\n"
    made = run("models", "show", name, "--json").json
    assert set(made) == names_of(Model) | {"aliases"}
    assert made["owner"] == "ann"
    assert made["aliases"] == []
    changed = run(
        *("models", "update", name, "--json", "--description", "Who leaves"),
        *("--label", "tier=1", "--label", "team-"),
    ).json
    assert changed["labels"] == {"tier": "1"}
    assert changed["owner"] == "ann"
    assert changed["description"] == "Who leaves"
    listed = run("models", "list", "--filter", f'id = "{name}"', "--json").json
    assert [set(item) for item in listed] == [names_of(Model)]
    ran = run("models", "list", "--filter", 'labels.tier = "1"')
    assert ran.code == 0
    assert ran.out.splitlines()[0].split() == ["MODEL", "LATEST", "OWNER", "LABELS", "UPDATED"]
    assert ran.out.splitlines()[1].split() == [name, "-", "ann", "tier=1", "just", "now"]


def test_a_model_is_updated_only_as_it_was_read(run: Run, model: str) -> None:
    etag = run("models", "show", model, "--json").json["etag"]
    ran = run("models", "update", model, "--owner", "ann", "--etag", etag)
    assert ran.out == f"updated {model}\n"
    ran = run("models", "update", model, "--owner", "bob", "--etag", etag)
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert "read it again" in ran.err
    assert run("models", "show", model, "--json").json["owner"] == "ann"


def test_a_model_shows_its_aliases_and_newest_versions(run: Run, model: str) -> None:
    ran = run("models", "show", model)
    assert ran.code == 0
    assert "champion  " in ran.out
    assert f"{model}/2" in ran.out
    assert "auc=0.97" in ran.out
    made = run("models", "show", model, "--json").json
    assert [alias["version"] for alias in made["aliases"]] == [
        f"namespaces/default/models/{model}/versions/1"
    ]


def test_a_model_is_deleted_and_brought_back(run: Run, model: str) -> None:
    ran = run("models", "delete", model, "--yes", "--reason", "a mistake")
    assert ran.out == f"deleted {model}\n"
    assert f"modelreg models undelete {model}" in ran.err
    ran = run("resolve", f"{model}@champion")
    assert ran.code == 1
    assert f"hint: undelete the model: `modelreg models undelete {model}`" in ran.err
    assert model not in run("models", "list").out
    assert f"{model} deleted" in run("models", "list", "--deleted").out
    assert "deleted" in run("models", "show", model).out
    assert run("models", "undelete", model).out == f"restored {model}\n"
    assert run("models", "delete", model, "--json", "--yes").json["delete_time"].endswith("Z")
    assert run("models", "undelete", model, "--json").json["delete_time"] is None


def test_versions_are_listed_newest_first(run: Run, model: str) -> None:
    ran = run("versions", "list", model)
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == [f"{model}/2", f"{model}/1"]
    listed = run("versions", "list", model, "--limit", "1", "--json").json
    assert [version["number"] for version in listed] == [2]
    assert set(listed[0]) == names_of(Version)
    filtered = run("versions", "list", model, "--filter", "metrics.auc > 0.9", "--json").json
    assert [version["number"] for version in filtered] == [1]


def test_a_wrong_filter_is_wrong_usage(run: Run, model: str) -> None:
    ran = run("versions", "list", model, "--filter", "nonsense = 1", "--json")
    assert ran.code == 2
    assert ran.failure["reason"] == "INVALID_REQUEST"
    assert ran.failure["violations"][0]["field"] == "filter"


def test_a_version_is_shown_with_its_files(run: Run, model: str) -> None:
    ran = run("versions", "show", f"{model}@champion")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == f"{model}/1"
    for expected in ("Metrics", "auc", "weights.bin", "Environment", "2.0 KiB in 3 files"):
        assert expected in ran.out
    made = run("versions", "show", f"{model}@champion", "--json").json
    assert set(made) == names_of(Version) | {"files", "monitor_states"}
    assert [file["path"] for file in made["files"]] == ["config.json", "empty", "weights.bin"]


def test_files_are_listed_with_whole_digests_in_a_pipe(run: Run, model: str) -> None:
    listed = run("versions", "files", f"{model}/1", "--json").json
    assert set(listed[0]) == names_of(FileEntry)
    ran = run("versions", "files", f"{model}/1")
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == [
        *("config.json", "empty", "weights.bin")
    ]
    for file in listed:
        assert file["digest"] in ran.out


def test_labels_are_set_and_removed(run: Run, model: str) -> None:
    ran = run("versions", "label", f"{model}/1", "reviewed=yes", "tier=1")
    assert ran.out == f"{model}/1  reviewed=yes tier=1\n"
    made = run("versions", "label", f"{model}/1", "reviewed-", "by=ann", "--json").json
    assert made["labels"] == {"tier": "1", "by": "ann"}
    made = run("versions", "label", f"{model}/1", "only=this", "--replace", "--json").json
    assert made["labels"] == {"only": "this"}


def test_a_version_in_use_is_deleted_only_by_force(run: Run, model: str) -> None:
    ran = run("versions", "delete", f"{model}/1", "--yes")
    assert ran.code == 1
    assert "add --force" in ran.err
    ran = run("versions", "delete", f"{model}/1", "--force", "--reason", "leaked", "--yes")
    assert ran.out == f"deleted {model}/1\n"
    assert run("versions", "delete", f"{model}/2", "--json", "--yes").json["state"] == "deleted"
    assert f"No versions of {model}" in run("versions", "list", model).err
    assert f"{model}/1 deleted" in run("versions", "list", model, "--deleted").out


def test_a_version_is_deprecated_yanked_restored_and_revoked(
    run: Run, model: str, tmp_path: Path
) -> None:
    one = f"{model}/1"
    assert run("versions", "deprecate", one).out == f"{one} is deprecated\n"
    assert f"{one} deprecated" in run("versions", "list", model).out
    assert f"{one} deprecated" in run("resolve", f"{model}@champion").out
    assert run("pull", f"{model}@champion", tmp_path / "out").code == 0
    ran = run("versions", "yank", one, "--reason", "odd results")
    assert ran.out == f"{one} is yanked\n"
    ref = f"{model}@champion"
    assert (
        f"{ref} no longer resolves to it; to roll back: modelreg rollback {ref} --reason" in ran.err
    )
    ran = run("resolve", f"{model}@champion")
    assert ran.code == 1
    assert f"or restore this one: `modelreg versions restore {model}/NUMBER`" in ran.err
    assert run("resolve", one).code == 0
    assert run("versions", "restore", one, "--json").json["state"] == "active"
    assert run("versions", "revoke", one, "--reason", "leaks", "--yes").out == f"{one} is revoked\n"
    assert run("resolve", one, "--json").failure["reason"] == "VERSION_REVOKED"
    assert f"{one}  revoked" in run("versions", "show", one).out
    listed = run("versions", "list", model, "--filter", "state = revoked", "--json").json
    assert [version["number"] for version in listed] == [1]


def test_who_yanks_or_revokes_says_why(run: Run, model: str) -> None:
    for command, *yes in (("yank",), ("revoke", "--yes")):
        assert run("versions", command, f"{model}/1", *yes).code == 2
        ran = run("versions", command, f"{model}/1", *yes, "--reason", " ", "--json")
        assert ran.code == 2
        assert ran.failure["violations"][0]["field"] == "reason"


def test_only_a_number_can_be_deleted(run: Run, model: str) -> None:
    ran = run("versions", "delete", f"{model}@champion", "--json", "--yes")
    assert ran.code == 2
    assert ran.failure["reason"] == "INVALID_REQUEST"


def test_an_alias_moves_and_its_moves_are_kept(run: Run, model: str) -> None:
    ran = run("alias", "set", model, "champion", "2", "--reason", "better recall")
    assert ran.out == f"{model}@champion → {model}/2\n"
    ran = run("alias", "list", model)
    assert ran.out.splitlines()[0].split() == ["ALIAS", "VERSION", "UPDATED", "BY", "ETAG"]
    assert f"{model}/2" in ran.out
    listed = run("alias", "list", model, "--json").json
    assert [set(alias) for alias in listed] == [names_of(Alias)]
    moved = run("alias", "set", model, "champion", f"{model}/1", "--json").json
    assert moved["version"].endswith("/versions/1")
    gone = run("alias", "rm", model, "champion", "--yes")
    assert gone.out == f"removed alias champion of {model}\n"
    history = run("alias", "history", model, "champion", "--json").json
    assert [set(entry) for entry in history] == [names_of(AliasEntry)] * 4
    assert [entry["reason"] for entry in history] == ["", "", "better recall", ""]
    ran = run("alias", "history", model, "champion", "--limit", "3")
    lines = ran.out.splitlines()
    assert len(lines) == 4
    assert "removed" in lines[1]
    assert "better recall" in lines[3]
    assert "has no aliases" in run("alias", "list", model).err


def test_an_alias_is_moved_only_from_where_it_was_seen(run: Run, model: str) -> None:
    ran = run("alias", "set", model, "champion", "2", "--etag", "none", "--json")
    assert ran.code == 1
    assert ran.failure["reason"] == "ETAG_MISMATCH"
    assert ran.failure["metadata"]["resource"].endswith(f"{model}/aliases/champion")
    etag = run("alias", "list", model, "--json").json[0]["etag"]
    assert run("alias", "set", model, "champion", "2", "--etag", etag).code == 0
    assert run("alias", "rm", model, "champion", "--json", "--yes").json["revision"] > 0


def test_stages_are_set_and_their_history_is_kept(run: Run, model: str) -> None:
    assert f"No version of {model} has moved" in run("stage", "history", model).err
    ran = run("stage", "set", f"{model}/1", "staging", "--reason", "looks good")
    assert ran.out == f"{model}/1 is in staging\n"
    assert run("stage", "set", f"{model}/1", "production", "--json").json["stage"] == "production"
    history = run("stage", "history", model, "--json").json
    assert [set(entry) for entry in history] == [names_of(StageEntry)] * 2
    assert [entry["stage"] for entry in history] == ["production", "staging"]
    ran = run("stage", "history", model)
    assert "looks good" in ran.out
    ran = run("stage", "set", f"{model}/1", "staging")
    assert ran.code == 1
    assert "hint: " in ran.err


def test_namespaces_are_created_listed_and_used(run: Run, folder: Path) -> None:
    name = f"risk-{next(_NUMBERS)}"
    ran = run("namespaces", "create", name, "--description", "The risk team")
    assert ran.out == f"created namespace {name}\n"
    made = run("namespaces", "create", f"{name}-2", "--json").json
    assert set(made) == names_of(Namespace)
    assert {"namespaces/default", made["name"]} <= {
        space["name"] for space in run("namespaces", "list", "--json").json
    }
    assert "The risk team" in run("namespaces", "list").out
    ran = run("namespaces", "create", name)
    assert ran.code == 1
    empty = run("--namespace", name, "models", "list")
    assert empty.code == 0
    assert empty.out == ""
    assert f"No models in namespace {name}" in empty.err
    assert run("push", "fraud", folder, "--namespace", name).out.startswith(
        f"registered {name}/fraud/1"
    )
    assert run("resolve", f"{name}/fraud@latest", "--json").json[0]["version"]["number"] == 1


def test_a_namespace_has_a_quota_of_its_own(run: Run, folder: Path) -> None:
    name = f"limited-{next(_NUMBERS)}"
    assert run("namespaces", "create", name, "--quota", "1GiB", "--json").json["quota_bytes"] == (
        1024**3
    )
    assert run("push", "fraud", folder, "--namespace", name).code == 0
    used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    usage = run("namespaces", "show", name, "--json").json["usage"]
    assert usage == {"used_bytes": used, "quota_bytes": 1024**3, "free_bytes": 1024**3 - used}
    assert "of 1.0 GiB" in run("namespaces", "show", name).out
    assert "1.0 GiB" in run("namespaces", "list").out

    assert run("namespaces", "update", name, "--quota", "1B").out == f"updated namespace {name}\n"
    (folder / "one-more.bin").write_bytes(b"more than one byte")
    refused = run("push", "fraud", folder, "--namespace", name, "--json")
    assert refused.failure["reason"] == "QUOTA_EXCEEDED"

    etag = run("namespaces", "show", name, "--json").json["etag"]
    free = run("namespaces", "update", name, "--quota", "none", "--etag", etag, "--json").json
    assert free["quota_bytes"] == 0
    assert "no quota" in run("namespaces", "show", name).out
    assert run("push", "fraud", folder, "--namespace", name).code == 0
    assert run("namespaces", "update", name, "--description", "x", "--etag", etag).code == 1

    back = run("namespaces", "update", name, "--quota", "default", "--json").json
    assert (back["quota_bytes"], back["description"]) == (None, "")


@pytest.mark.parametrize("given", [[], ["--quota", "0"], ["--quota", "-1"], ["--quota", "much"]])
def test_a_namespace_is_not_changed_by_what_makes_no_sense(run: Run, given: list[str]) -> None:
    assert run("namespaces", "update", "default", *given).code == 2


def test_names_that_the_registry_does_not_take_are_wrong_usage(run: Run) -> None:
    ran = run("models", "create", "not:a:name", "--json")
    assert ran.code == 2
    assert ran.failure["violations"][0]["field"] == "model_id"


def test_what_does_not_exist_is_code_3_with_the_way_to_find_it(run: Run, model: str) -> None:
    ran = run("models", "show", "nowhere")
    assert ran.code == 3
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 2
    assert "modelreg models list" in ran.err
    ran = run("versions", "show", f"{model}/99")
    assert ran.code == 3
    assert f"modelreg versions list {model}" in ran.err
