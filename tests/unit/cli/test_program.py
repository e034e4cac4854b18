"""The program as a whole, as far as no registry is needed."""

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
import typer

from modelregistry import cli
from modelregistry.cli import app, failures, session
from modelregistry.cli.session import SHARED


def commands(group: Any, *before: str) -> Iterator[list[str]]:  # noqa: ANN401 - Click's, inside Typer
    """Yield the words of every command."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *before, name)
        else:
            yield [*before, name]


COMMANDS = list(commands(typer.main.get_command(app.app)))


@pytest.fixture(autouse=True)
def _wide_and_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("SERVER", "TOKEN", "PROFILE", "NAMESPACE"):
        monkeypatch.delenv(f"MODELREG_{name}", raising=False)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_the_shared_options_and_tells_its_exit_codes(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run([*command, "--help"]) == 0
    out = capsys.readouterr().out
    for option in ("--json", "--server", "--namespace", "--profile", "--token-file", "--timeout"):
        assert option in out
    assert "Exit codes: 0 done" in out


# Every other command changes something.
READING = {
    *("pull", "resolve", "sync", "watch", "audit", "report", "check", "lineage", "production"),
    "drift",
    *("evaluations", "attestations", "models list", "models show", "namespaces list"),
    *("namespaces show", "versions list", "versions show", "versions files", "versions using"),
    *(
        "versions diff",
        "alias get",
        "alias list",
        "alias history",
        "route show",
        "route list",
        "route history",
        "route which",
        "route export",
        "deployments list",
        "rollout status",
        "ensemble show",
        "ensemble export",
        "signals list",
        "monitors show",
        "monitors list",
        "monitors history",
        "monitors states",
        "monitors trace",
        "stage history",
        "stage graph show",
    ),
    *("schema show", "schema check", "schema history", "policy show", "policy list"),
    *("policy history", "transitions list", "transitions show", "transitions wait"),
    *("uploads list", "uploads abort"),
    "import mlflow",  # it changes many things, and repeats none that it made
}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_that_changes_something_takes_a_request_id(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run([*command, "--help"]) == 0
    assert ("--request-id" in capsys.readouterr().out) == (" ".join(command) not in READING)


def test_no_command_takes_a_token_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["models", "list", "--token", "secret"]) == failures.USAGE
    captured = capsys.readouterr()
    assert "No such option" in captured.err


def test_the_shared_options_are_those_of_the_program() -> None:
    declared = inspect.signature(app.root).parameters
    assert {option.name for option in SHARED} <= set(declared)


@pytest.mark.parametrize(
    "arguments",
    [
        ["models", "lst"],
        ["nothing"],
        ["models", "show"],
        ["models", "list", "--limit", "0"],
        ["models", "list", "--limit", "many"],
        ["push", "fraud", "/does/not/exist"],
        ["push", "fraud", ".", "--metric", "auc=nan"],
        ["resolve", "fraud@latest", "--as-of", "yesterday"],
        ["models", "update", "fraud"],
        ["models", "create", "fraud", "--request-id", "again"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_code_2_with_the_way_to_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    first, last = captured.err.splitlines()
    assert first.startswith("error: ")
    assert last.startswith("hint: modelreg")
    assert last.endswith("--help")


def test_wrong_usage_in_json_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["models", "lst", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["reason"] == "USAGE"


def test_a_configuration_that_contradicts_itself_is_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert app.run(["--plaintext", "models", "list", "--ca", "ca.pem"]) == 2
    assert "contradict" in capsys.readouterr().err


def test_a_missing_profile_is_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["--profile", "nowhere", "models", "list", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["reason"] == "CONFIGURATION_ERROR"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("modelreg ")


def test_a_bug_is_not_dressed_up_as_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_flags: object, _environ: object) -> None:
        message = "a bug"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(session, "access", broken)
    with pytest.raises(ZeroDivisionError):
        app.run(["models", "list"])


def test_a_missing_extra_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = util.find_spec

    def without_rich(name: str) -> ModuleSpec | None:
        return None if name == "rich" else found(name)

    monkeypatch.setattr(cli, "find_spec", without_rich)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    err = capsys.readouterr().err
    assert "modelreg needs rich" in err
    assert "pip install 'modelregistry[cli]'" in err


def test_an_interrupt_while_it_is_loaded_is_no_traceback() -> None:
    program = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "typer.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from modelregistry.cli import main
main()
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")


def test_the_entry_point_imports_nothing_of_the_extra() -> None:
    program = "import sys, modelregistry.cli; print({'typer', 'rich'} & set(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "set()\n"
