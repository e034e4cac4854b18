"""Commands that work on a registry create none; their flags are checked as those of `serve`."""

import json
import socket
import subprocess
from pathlib import Path

import pytest
import typer

from registry_grpc.cli import cli
from registry_grpc.domain.database_fault import FaultKind
from registry_grpc.persistence.migrate import migrate
from tests.support.python import SERVER, clean_environ, run_python

# These create one, or describe what there is.
CREATE = {"serve", "migrate"}
DESCRIBE = {"check-config", "doctor"}
ARGUMENTS = {
    "token create": ["ann"],
    "token revoke": ["7ea059ca50a8", "--yes"],
    "namespace create": ["risk"],
    "gc": ["--yes"],
    "restored": ["--yes"],
}


def commands() -> list[str]:
    """Every command of `registry-grpc`, such as `gc` and `token list`."""
    found = []
    for name, command in typer.main.get_group(cli).commands.items():
        inner = getattr(command, "commands", None)
        found += [name] if inner is None else [f"{name} {each}" for each in inner]
    return found


WORKING = sorted(set(commands()) - CREATE - DESCRIBE)


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return run_python((*SERVER, *arguments), clean_environ(), cwd=folder)


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "data"
    taken.write_text("a file")
    done = run("serve", "--data-dir", taken, "--listen", "127.0.0.1:0", folder=tmp_path)
    assert done.returncode == FaultKind.MISSING.exit_code
    assert f"does not exist: {taken}: it is not a folder; " in done.stderr.splitlines()[-1]
    assert taken.read_text() == "a file"


def test_a_url_that_leads_nowhere_is_a_wrong_setting_and_shows_no_part_of_the_password(
    tmp_path: Path,
) -> None:
    for url, sentence in (
        ("postgresql://ann:ge@heim@db/registry", "the database URL has two @: write an @ in"),
        ("postgresql://ann:geheim@db/registry?sslmod=x", "an option that libpq does not know"),
    ):
        done = run("token", "list", "--database", url, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert "heim" not in done.stderr


def test_the_commands_were_found() -> None:
    assert {"gc", "restored", "token create", "token list", "verify"} <= set(WORKING)


@pytest.mark.parametrize("command", WORKING)
def test_a_command_in_the_wrong_folder_says_so_and_creates_nothing(
    tmp_path: Path, command: str
) -> None:
    arguments = [*command.split(), *ARGUMENTS.get(command, [])]
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    place = tmp_path / "registry-data" / "registry.db"
    assert done.stderr.startswith(f"error: there is no registry in sqlite:///{place}: ")
    assert "--data-dir" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["missing.db", "missing/registry.db", "empty.db"])
def test_a_wrong_database_url_is_not_created(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.db").touch()
    url = f"sqlite:///{tmp_path}/{name}"
    for arguments in (("verify",), ("token", "list")):
        done = run(*arguments, "--database", url, folder=tmp_path)
        assert (done.returncode, f"there is no registry in {url}:" in done.stderr) == (2, True)
    described = run("check-config", "--database", url, "--json", folder=tmp_path)
    assert json.loads(described.stdout)["schema"] == "none"
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [("empty.db", 0)]


def test_a_database_without_a_schema_is_no_registry(
    empty_database_url: str, tmp_path: Path
) -> None:
    done = run("token", "create", "ann", "--database", empty_database_url, folder=tmp_path)
    assert done.returncode == 2
    assert "there is no registry in " in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["gc", "verify"])
def test_a_wrong_folder_of_blobs_is_not_created(tmp_path: Path, command: str) -> None:
    url = f"sqlite:///{tmp_path}/registry.db"
    migrate(url)
    blobs = tmp_path / "elsewhere"
    done = run(command, "--database", url, "--blobs", f"file://{blobs}", folder=tmp_path)
    assert done.returncode == 2
    assert f"there is no blob store in {blobs}: " in done.stderr
    assert not blobs.exists()


def test_check_config_shows_the_settings_of_a_database_that_is_away(tmp_path: Path) -> None:
    url = "postgresql://ann:geheim@127.0.0.1:1/registry"
    done = run("check-config", "--database", url, "--json", folder=tmp_path)
    assert done.returncode == FaultKind.UNREACHABLE.exit_code
    assert json.loads(done.stdout)["database"] == "postgresql://ann:***@127.0.0.1:1/registry"
    assert "refused" in done.stderr


def test_check_config_refuses_what_serve_refuses(tmp_path: Path) -> None:
    for arguments in (("--listen", "nowhere"), ("--threads", "0"), ("--tls-cert", "/missing.pem")):
        checked = run("check-config", *arguments, folder=tmp_path)
        served = run("serve", *arguments, folder=tmp_path)
        assert (checked.returncode, checked.stderr) == (2, served.stderr)
    shown = json.loads(run("check-config", "--threads", "7", "--json", folder=tmp_path).stdout)
    assert shown["threads"] == "7"


def test_a_taken_metrics_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = ("--listen", "127.0.0.1:0", "--metrics-listen", where)
        done = run("serve", *arguments, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: metrics-listen: cannot listen on {where}: Address already in use; "
        "choose another port with --metrics-listen"
    )
