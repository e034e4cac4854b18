"""Renames as programs and people meet them: the SDK, its resolver, and the command line."""

import json
import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelregistry import Client, Version, errors
from tests.support.python import CLIENT, clean_environ, run_python
from tests.support.server import RegistryProcess

SECONDS = 180


@pytest.fixture
def server(own_registry: RegistryProcess) -> RegistryProcess:
    return own_registry.start()


@pytest.fixture
def registry(server: RegistryProcess, tmp_path: Path) -> Iterator[Client]:
    with Client(server.target, cache=tmp_path / "cache") as client:
        yield client


@pytest.fixture
def push(registry: Client, tmp_path: Path) -> Callable[[str], Version]:
    """Push a champion of a model, whose one file has the name of the model."""

    def push(model: str) -> Version:
        folder = tmp_path / "model"
        folder.mkdir(exist_ok=True)
        (folder / "weights").write_text(model)
        return registry.push(model, folder, alias="champion", environment=None, source=None)

    return push


def test_a_resolver_follows_a_model_through_its_names(
    registry: Client, push: Callable[[str], Version]
) -> None:
    push("fraud")
    seen: queue.Queue[Version | None] = queue.Queue()

    def changed(now: Version | None, _: Version | None) -> None:
        seen.put(now)

    def next_name() -> str:
        now = seen.get(timeout=SECONDS)
        return "" if now is None else now.ref

    with registry.resolver("fraud@champion", on_change=changed) as resolver:
        assert resolver.version.ref == "fraud/1"
        registry.rename_model("fraud", "credit")
        assert next_name() == "credit/1"
        assert resolver.version.redirected_from == "namespaces/default/models/fraud"
        push("credit")
        assert next_name() == "credit/2"
        registry.rename_model("credit", "loans")
        assert next_name() == "loans/2"
        registry.create_model("fraud")
        assert next_name() == ""
        push("fraud")
        assert next_name() == "fraud/1"
        registry.rename_model("fraud", "other")
        assert next_name() == "other/1"
        registry.rename_model("other", "fraud")
        assert next_name() == "fraud/1"
        assert resolver.version.redirected_from == ""
        registry.rename_model("fraud", "last")
        assert next_name() == "last/1"
        registry.create_model("FRAUD")  # the same name, in another spelling
        assert next_name() == ""
    event = list(registry.list_changes(models=["fraud"]))[-1]
    assert event.name == "namespaces/default/models/FRAUD"
    assert event.ended_redirects == ("namespaces/default/models/fraud",)


def test_the_old_name_pulls_and_reads_and_is_refused_elsewhere(
    registry: Client, push: Callable[[str], Version], tmp_path: Path
) -> None:
    version = push("fraud")
    renamed = registry.rename_model("fraud", "credit", etag=registry.get_model("fraud").etag)
    assert renamed.ref == "credit"
    found = registry.resolve("fraud@champion")
    assert (found.ref, found.uid) == ("credit/1", version.uid)
    assert found.redirected_from == "namespaces/default/models/fraud"
    assert registry.resolve_many(["fraud/1"]) == [found]
    assert registry.get_version("fraud/1").redirected_from == found.redirected_from
    assert registry.get_model("fraud").redirected_from == found.redirected_from
    assert registry.resolve("fraud/1", as_of=version.create_time).ref == "fraud/1"
    pulled = registry.pull("fraud@champion", tmp_path / "target")
    assert (pulled / "weights").read_text() == "fraud"
    with pytest.raises(errors.ModelRenamed) as caught:
        push("fraud")
    assert caught.value.metadata["model"] == "namespaces/default/models/credit"
    with pytest.raises(errors.InvalidRequest):
        registry.rename_model("credit", "risk/credit")
    (event,) = [e for e in registry.list_changes() if e.action == "model.rename"]
    assert event.name == "namespaces/default/models/credit"
    assert [e.action for e in registry.list_changes(models=["fraud"])][-1] == "model.rename"


def test_a_copy_is_checked_by_the_present_name_only(
    registry: Client, push: Callable[[str], Version]
) -> None:
    push("fraud")
    registry.rename_model("fraud", "credit")
    for copy in (registry.check_copy, registry.copy_version):
        with pytest.raises(errors.ModelRenamed, match="credit"):
            copy("fraud/1", "other")
    check = registry.check_copy("credit/1", "other")
    assert (check.model, check.missing_count) == ("namespaces/default/models/other", 0)
    assert registry.copy_version("credit/1", "other").parents == (
        "namespaces/default/models/credit/versions/1",
    )


def test_people_rename_models_and_find_them(
    server: RegistryProcess, push: Callable[[str], Version], tmp_path: Path
) -> None:
    environ = {**clean_environ(), "HOME": str(tmp_path), "MODELREG_SERVER": server.target}
    push("fraud")
    given = ("--reason", "one model for all claims")
    done = run_python((*CLIENT, "models", "rename", "fraud", "My model (2)", *given), environ)
    assert (done.returncode, done.stdout) == (0, "renamed to My model (2)\n"), done.stderr
    shown = run_python((*CLIENT, "models", "show", "fraud", "--json"), environ)
    assert json.loads(shown.stdout)["redirected_from"] == "namespaces/default/models/fraud"
    refused = run_python((*CLIENT, "alias", "set", "fraud", "b", "1"), environ)
    assert refused.returncode == 1
    assert "its name is My model (2) now" in refused.stderr
    assert "`modelreg models show fraud` shows the name" in refused.stderr
    trail = run_python((*CLIENT, "audit", "--action", "model.rename", "--json"), environ)
    (event,) = json.loads(trail.stdout)
    assert event["reason"] == "one model for all claims"
    assert event["before"]["name"] == "namespaces/default/models/fraud"
