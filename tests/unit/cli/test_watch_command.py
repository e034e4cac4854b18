"""`modelreg watch` as a process of its own, against a registry in memory."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from modelregistry.cli import app
from tests.support.python import CLIENT, Python
from tests.unit.sdk.fake_log import FRAUD, FakeLog, served


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def target(log: FakeLog) -> Iterator[str]:
    with served(log) as where:
        yield where


@contextmanager
def watching(target: str, *arguments: str, config: Path) -> Iterator[Python]:
    """Run it until the block is left; it is killed if it has not ended by then."""
    environ = {key: text for key, text in os.environ.items() if not key.startswith("MODELREG_")}
    folders = {"XDG_CONFIG_HOME": str(config), "XDG_CACHE_HOME": str(config)}
    program = (*CLIENT, "watch", "--server", target, *arguments)
    with Python(program, environ | folders) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: Python) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def interrupted(process: Python) -> tuple[int, str, str]:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.wait(), out, err


def test_each_change_is_a_line_that_comes_at_once(
    log: FakeLog, target: str, tmp_path: Path
) -> None:
    with watching(target, config=tmp_path) as process:
        log.wait_for_watches(1)
        log.set_alias("champion", 7)
        assert line(process).endswith("1  alias.set  fraud@champion  → fraud/7  by ann")
        log.set_alias("champion", 8)
        assert line(process).endswith("2  alias.set  fraud@champion  fraud/7 → fraud/8  by ann")
        code, out, err = interrupted(process)
    assert (code, out) == (130, "")
    # Never behind what was printed; the interrupt may come right after the line.
    assert re.fullmatch("Resume with --from [23]\n", err)


def test_with_json_each_line_is_a_document(log: FakeLog, target: str, tmp_path: Path) -> None:
    log.change({f"{FRAUD}/aliases/a": 1, f"{FRAUD}/aliases/b": 2})
    with watching(target, "--json", "--from", "1", config=tmp_path) as process:
        events = [json.loads(line(process)) for _ in range(2)]
        code, out, err = interrupted(process)
    assert (code, out, err) == (130, "", "")
    assert [(event["revision"], event["index"]) for event in events] == [(1, 0), (1, 1)]
    assert events[1]["name"] == f"{FRAUD}/aliases/b"
    assert events[1]["before"] is None
    assert events[1]["after"]["version"] == f"{FRAUD}/versions/2"
    assert events[1]["time"].endswith("Z")


def test_the_state_comes_first_when_it_is_asked_for(
    log: FakeLog, target: str, tmp_path: Path
) -> None:
    for number in range(1, 6):
        log.set_alias(f"a{number}", number)
    log.faults.break_after = [2]
    with watching(target, "--state", config=tmp_path) as process:
        assert [line(process).split()[2] for _ in range(5)] == [
            *(f"fraud@a{number}" for number in range(1, 6)),
        ]
        log.set_alias("a6", 6)
        assert "alias.set" in line(process)
        code, _, err = interrupted(process)
    assert code == 130
    assert re.fullmatch("End of the initial state at revision 5.\nResume with --from [67]\n", err)


def test_it_goes_on_after_a_restart_of_the_server(log: FakeLog, tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        target = first.enter_context(served(log))
        process = stack.enter_context(watching(target, "--from", "1", config=tmp_path))
        log.set_alias("champion", 1)
        assert "fraud/1" in line(process)
        first.close()
        log.set_alias("champion", 2)
        stack.enter_context(served(log, int(target.rpartition(":")[2])))
        log.set_alias("champion", 3)
        assert "→ fraud/2" in line(process)
        assert "→ fraud/3" in line(process)


def test_what_is_chosen_is_what_is_asked_for(log: FakeLog, target: str, tmp_path: Path) -> None:
    options = ("--namespace", "risk", "-m", "fraud", "--model", "sales/churn", "--prefix", "f-")
    with watching(target, *options, config=tmp_path):
        log.wait_for_watches(1)
    with watching(target, "--all-namespaces", config=tmp_path):
        log.wait_for_watches(2)
    with watching(target, "-n", "risk", config=tmp_path):
        log.wait_for_watches(3)
    first, second, third = log.watches
    assert first.parent == "namespaces/-"
    assert list(first.models) == ["namespaces/risk/models/fraud", "namespaces/sales/models/churn"]
    assert list(first.name_prefixes) == ["namespaces/risk/models/f-"]
    assert (second.parent, list(second.models)) == ("namespaces/-", [])
    assert third.parent == "namespaces/risk"


def test_changes_that_are_not_kept_are_an_error_with_the_way_out(
    log: FakeLog, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, 4):
        log.set_alias("champion", number)
    log.compacted = 2
    assert app.run(["watch", "--server", target, "--from", "1"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[1] == (
        "hint: history is no longer retained; continue from the present state: "
        "restart the watch without --from"
    )
    assert app.run(["watch", "--server", target, "--from", "1", "--json"]) == 1
    assert json.loads(capsys.readouterr().err)["reason"] == "REVISION_COMPACTED"


@pytest.mark.parametrize(
    "arguments", [["--from", "0"], ["--from", "x"], ["--from", "1", "--state"]]
)
def test_what_contradicts_itself_is_wrong_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(["watch", *arguments]) == 2
    assert "--from" in capsys.readouterr().err


def test_a_registry_that_is_not_there_is_code_5(
    log: FakeLog, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(log) as target:
        pass
    assert app.run(["watch", "--server", target, "--timeout", "0.5"]) == 5
    assert target in capsys.readouterr().err


@pytest.mark.parametrize("command", ["watch", "sync"])
def test_the_commands_have_the_shared_options_and_tell_their_exit_codes(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert app.run([command, "--help"]) == 0
    out = capsys.readouterr().out
    for option in ("--json", "--server", "--namespace", "--profile", "--token-file", "--timeout"):
        assert option in out
    assert "Exit codes: 0 done" in out
