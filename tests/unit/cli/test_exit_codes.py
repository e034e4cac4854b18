"""The page of exit codes is that of the commands, and what destroys something asks first."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from modelregistry.cli import app, failures
from registry_grpc.cli import cli
from registry_grpc.cli.options import FAILED, MISUSED
from registry_grpc.cli.settle_clock import UNSETTLED
from registry_grpc.domain.database_fault import FaultKind

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "exit-codes.md"
MODELREG: Mapping[str, list[str]] = {
    "models delete": ["fraud"],
    "versions delete": ["fraud/1"],
    "versions revoke": ["fraud/1", "--reason", "it leaks"],
    "models purge": ["fraud"],
    "versions purge": ["fraud/1"],
    "alias rm": ["fraud", "champion"],
    "route rm": ["fraud@checkout"],
    "policy delete": ["quality"],
    "monitors delete": ["drift"],
    "uploads abort": ["0" * 8],
}
"""A call of each destructive command that needs nothing but a registry."""


def walk(group: Any, *before: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - Click's, inside Typer
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from walk(command, *before, name)
        else:
            yield " ".join([*before, name]), command


def asks(command: Any) -> bool:  # noqa: ANN401 - Click's
    return any("--yes" in option.opts for option in command.params)


def documented(program: str) -> dict[str, tuple[str, str]]:
    """Return what the page says of each command: its exit codes, and what is said of --yes."""
    row = rf"^\| `{program} (.+?)` \| (.+?) \| (.*?) \|"
    found = re.findall(row, PAGE.read_text("utf-8"), re.MULTILINE)
    return {command: (codes, yes) for command, codes, yes in found}


def test_the_page_has_the_exit_codes_of_every_command() -> None:
    stated = documented("modelreg")
    real = {}
    for name, command in walk(typer.main.get_command(app.app)):
        codes = re.findall(r"(?:: |; )([0-9]+) ", command.epilog)
        real[name] = (", ".join(codes), "`--yes`" if asks(command) else "")
    assert stated == real, "each row is a command, its exit codes, and whether it asks"


def test_the_page_has_every_command_of_the_server() -> None:
    faults = {FAILED, MISUSED, UNSETTLED, *(kind.exit_code for kind in FaultKind)}
    codes = ", ".join(map(str, [0, *sorted(faults)]))
    real = {
        # It reports what is wrong with the database instead of failing for it.
        name: ("0, 1, 2" if name == "doctor" else codes, "`--yes`" if asks(command) else "")
        for name, command in walk(typer.main.get_command(cli))
    }
    assert documented("registry-grpc") == real


def test_the_page_says_what_each_code_means() -> None:
    stated = re.findall(r"^\| ([0-9]+) \| (.+?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {int(code): meaning for code, meaning in stated} == dict(failures.MEANINGS)


@pytest.mark.parametrize("command", MODELREG)
def test_nothing_is_destroyed_without_a_terminal_or_yes(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # No registry listens there: it would be code 5 if anything was sent.
    where = ["--server", "127.0.0.1:1", "--timeout", "1"]
    assert app.run([*command.split(), *MODELREG[command], *where]) == failures.USAGE
    assert "--yes: is required without a terminal" in capsys.readouterr().err.replace("'", "")


def test_every_command_that_asks_was_tried() -> None:
    # These need a file, or a route that moves units, and have e2e tests.
    known = {*MODELREG, "schema set", "stage graph set", "route set"}
    assert {name for name, found in walk(typer.main.get_command(app.app)) if asks(found)} == known
