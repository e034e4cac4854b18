"""`modelreg sync --once` against a registry in memory: the link, and the command that follows."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modelregistry import Client
from modelregistry.cli import app
from tests.unit.sdk.fake_registry import FakeRegistry, served

SAY = (
    "import os; print('|'.join([os.environ[f'MODELREG_{key}'] for key in "
    "('VERSION', 'NUMBER', 'REF', 'LINK', 'PATH', 'PREVIOUS')]))"
)


@dataclass(frozen=True)
class Ran:
    """The result of one run."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeRegistry]:
    monkeypatch.setenv("MODELREG_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("TOKEN", "PROFILE", "NAMESPACE"):
        monkeypatch.delenv(f"MODELREG_{name}", raising=False)
    fake = FakeRegistry()  # type: ignore[abstract]
    with served(fake) as target:
        monkeypatch.setenv("MODELREG_SERVER", target)
        yield fake


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "serving" / "fraud"


@pytest.fixture
def run(link: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Ran:
        code = app.run(["sync", "fraud@champion", str(link), "--once", *arguments])
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def push(tmp_path: Path, text: str) -> None:
    (tmp_path / "model").mkdir(exist_ok=True)
    (tmp_path / "model" / "weights").write_text(text)
    with Client(os.environ["MODELREG_SERVER"]) as client:
        client.push("fraud", tmp_path / "model", environment=None, source=None)


def command(code: str) -> tuple[str, str]:
    return "--exec", f'"{sys.executable}" -c "{code}"'


@pytest.mark.usefixtures("registry")
def test_the_link_names_the_version_and_the_one_before_is_kept(
    run: Run, link: Path, tmp_path: Path
) -> None:
    for text in ("one", "two"):
        push(tmp_path, text)
        assert run().code == 0
        assert (link / "weights").read_text() == text
    push(tmp_path, "three")
    ran = run()
    assert (link / "weights").read_text() == "three"
    assert ran.out.startswith("fraud@champion is fraud/3  5 B in 1 file  at ")
    folders = [path for path in (link.parent / ".fraud.versions").iterdir() if path.is_dir()]
    assert sorted(folder.name.partition("-")[0] for folder in folders) == ["2", "3"]


@pytest.mark.usefixtures("registry")
def test_the_command_knows_what_moved(run: Run, link: Path, tmp_path: Path) -> None:
    push(tmp_path, "one")
    ran = run(*command(SAY))
    path = link.resolve()
    assert ran.err.strip() == f"fraud/1|1|fraud@champion|{link}|{path}|"
    push(tmp_path, "two")
    ran = run(*command(SAY))
    assert ran.err.strip() == f"fraud/2|2|fraud@champion|{link}|{link.resolve()}|{path}"


@pytest.mark.usefixtures("registry")
def test_the_command_runs_once_for_a_move_and_again_only_if_it_failed(
    run: Run, tmp_path: Path
) -> None:
    push(tmp_path, "one")
    failed = run(*command("print('x'); raise SystemExit(3)"))
    assert failed.code == 1
    assert "the command ended with 3" in failed.out
    assert failed.err == "x\n"
    assert run(*command("print('again')")).err == "again\n"
    settled = run(*command("print('once more')"))
    assert (settled.code, settled.err) == (0, "")
    assert settled.out.startswith("fraud@champion is fraud/1")
    assert run("--exec", "a-command-that-is-nowhere").code == 0


@pytest.mark.usefixtures("registry")
def test_a_command_that_cannot_be_started_is_a_command_that_failed(
    run: Run, link: Path, tmp_path: Path
) -> None:
    push(tmp_path, "one")
    ran = run("--exec", "a-command-that-is-nowhere")
    assert ran.code == 1
    assert "a-command-that-is-nowhere: No such file or directory" in ran.err
    assert (link / "weights").read_text() == "one"


@pytest.mark.usefixtures("registry")
def test_with_json_there_is_one_line_and_nothing_of_the_command(
    run: Run, link: Path, tmp_path: Path
) -> None:
    push(tmp_path, "one")
    ran = run("--json", *command("print('noise')"))
    (said,) = ran.out.splitlines()
    document: dict[str, Any] = json.loads(said)
    assert set(document) == {"ref", "version", "link", "path", "previous", "exit_code"}
    assert document["version"]["number"] == 1
    assert document["link"] == str(link)
    assert document["path"] == str(link.resolve())
    assert (document["previous"], document["exit_code"]) == (None, 0)


@pytest.mark.usefixtures("registry")
def test_a_folder_that_is_there_is_not_replaced(run: Run, link: Path, tmp_path: Path) -> None:
    push(tmp_path, "one")
    link.mkdir(parents=True)
    (link / "precious").write_text("x")
    ran = run()
    assert ran.code == 1
    assert "is not a link that sync made" in ran.err
    assert (link / "precious").read_text() == "x"


def test_a_damaged_version_leaves_the_link_as_it_is(
    registry: FakeRegistry, run: Run, link: Path, tmp_path: Path
) -> None:
    push(tmp_path, "one")
    assert run().code == 0
    push(tmp_path, "two")
    for digest in registry.blobs:
        registry.blobs[digest] = b"six"
    ran = run(*command("print('never')"))
    assert ran.code == 1
    assert "never" not in ran.err
    assert (link / "weights").read_text() == "one"


@pytest.mark.parametrize("text", ["", "   ", "'open"])
def test_a_command_that_is_none_is_wrong_usage(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(["sync", "fraud@champion", str(tmp_path / "x"), "--exec", text]) == 2
    assert "--exec" in capsys.readouterr().err
