"""`modelreg audit` and `Client.audit` against a real server with three people."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelregistry import Client, RegistryError
from modelregistry.cli import app
from modelregistry.errors import InvalidRequest, NamespaceNotFound
from tests.support.server import RegistryProcess
from tests.support.serving import SEEN_S, within

SECONDS = 120.0
CHAMPION = "namespaces/default/models/fraud/aliases/champion"
Run = Callable[..., tuple[int, str, str]]


@dataclass
class Office:
    """A registry in which Ann works and Eve may only read. Ann moved things, Eve tried to."""

    ann: Client
    eve: Client
    token: str
    """Eve's."""

    def happened(self) -> None:
        """Make a history: five changes and three denied requests."""
        self.ann.create_model("fraud", owner="risk")
        version = self.ann.push("fraud", Path(__file__), alias="champion")
        self.ann.label_version(version, {"team": "risk"})
        self.ann.set_stage(version, "staging", reason="looks good")
        for attempt in (
            lambda: self.eve.delete_alias("fraud", "champion"),
            lambda: self.ann.delete_version(version),
            lambda: self.eve.create_namespace("mine"),
        ):
            with suppress(RegistryError):
                attempt()
        within(SECONDS, lambda: len(list(self.ann.audit(namespace="-", denied_only=True))) == 3)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    server = RegistryProcess(tmp_path_factory.mktemp("registry"))
    ann, eve = (server.token(*who) for who in (("ann", "admin"), ("eve", "reader")))
    target = server.start().target
    with Client(target, token=ann, cache=False) as first, Client(target, token=eve) as second:
        made = Office(first, second, eve)
        made.happened()
        yield made
    server.stop()


@pytest.fixture
def run(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    monkeypatch.setenv("MODELREG_SERVER", office.eve.target)
    monkeypatch.setenv("MODELREG_TOKEN", office.token)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = app.run(["audit", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


WHOLE = [
    *("model.create", "version.register", "alias.set", "version.label", "version.stage"),
    *("permission.denied", "precondition.failed"),
]


def actions(office: Office, **asked: object) -> Sequence[str]:
    return [event.action for event in office.eve.audit(**asked)]  # type: ignore[arg-type]


def test_the_trail_comes_newest_first_and_can_be_turned(office: Office) -> None:
    assert actions(office) == WHOLE[::-1]
    assert actions(office, newest_first=False) == WHOLE
    assert actions(office, newest_first=False, page_size=2) == WHOLE
    everywhere = [one for one in actions(office, namespace="-") if one != "token.use"]
    assert everywhere == ["permission.denied", *WHOLE[::-1], "token.create", "token.create"]


def test_tokens_are_in_the_trail_without_their_secrets(office: Office, run: Run) -> None:
    def uses() -> int:
        return actions(office, namespace="-", action="token.").count("token.use")

    within(SEEN_S, lambda: uses() == 2)  # once a day for each of the two
    code, out, _ = run("--all-namespaces", "--action", "token.", "--all")
    assert code == 0
    assert "for eve, role reader" in out
    assert "mrt_" not in out
    created = next(iter(office.eve.audit(namespace="-", action="token.create", newest_first=False)))
    assert (created.actor, created.before, created.after) == ("operator", None, None)
    assert created.name.startswith("namespaces/-/tokens/")


def test_a_denied_request_says_how_and_a_change_what_was_there(office: Office) -> None:
    refused, denied, staged = list(office.eve.audit())[:3]
    assert denied.denied_request is not None
    assert (denied.actor, denied.name) == ("eve", CHAMPION)
    assert denied.denied_request.reason == "PERMISSION_DENIED"
    assert denied.denied_request.method.endswith("CatalogService/DeleteAlias")
    assert refused.denied_request is not None
    assert refused.denied_request.causes == ("in use by alias champion",)
    assert staged.denied_request is None
    assert staged.reason == "looks good"
    assert (staged.before.stage, staged.after.stage) == ("none", "staging")  # type: ignore[union-attr]


def test_the_trail_is_filtered(office: Office) -> None:
    now = datetime.now(UTC)
    assert actions(office, actor="eve") == ["permission.denied"]
    assert actions(office, action="version.") == [
        "version.stage",
        "version.label",
        "version.register",
    ]
    assert actions(office, models=["fraud"]) == WHOLE[::-1]
    assert actions(office, models=["other"]) == []
    assert actions(office, name_prefixes=["namespaces/default/models/fraud/aliases/"]) == [
        *("permission.denied", "alias.set")
    ]
    assert actions(office, end_time=now - timedelta(days=1)) == []
    assert actions(office, start_time=now - timedelta(days=1)) == WHOLE[::-1]
    changes = office.eve.list_changes(actor="ann", newest_first=True)
    assert [event.action for event in changes] == WHOLE[4::-1]


def test_what_cannot_be_asked_is_refused(office: Office) -> None:
    with pytest.raises(InvalidRequest, match="time zone"):
        office.eve.audit(start_time=datetime(2026, 5, 3))  # noqa: DTZ001 - that is what is wrong
    with pytest.raises(InvalidRequest, match="action"):
        list(office.eve.audit(action="alias"))
    with pytest.raises(NamespaceNotFound):
        list(office.eve.audit(namespace="nowhere"))


def test_the_command_prints_a_table(run: Run) -> None:
    code, out, err = run()
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["TIME", "ACTOR", "ACTION", "RESOURCE", "REASON"]
    assert len(lines) == 1 + len(WHOLE)
    assert " ".join(lines[1].split()[2:6]) == "ann precondition.failed DeleteVersion fraud/1"
    assert "eve permission.denied DeleteAlias fraud@champion eve has role" in " ".join(
        lines[2].split()
    )
    assert lines[3].endswith("fraud/1         looks good")
    assert lines[7].endswith("fraud           -")


def test_the_command_says_what_differs(run: Run) -> None:
    _, out, _ = run("-v", "--oldest-first", "--action", "version.")
    registered, _, staged = out.split("version.")[1:]
    assert "metrics" not in registered
    assert "file_count 1" in " ".join(registered.split())
    assert staged.splitlines() == ["stage  fraud/1  looks good", "  stage  none → staging"]
    _, out, _ = run("-v", "--denied")
    assert "  reason   PERMISSION_DENIED" in out
    assert "  cause    in use by alias champion" in out


def test_the_command_filters_and_says_when_there_is_more(run: Run) -> None:
    _, out, err = run("--limit", "2", "--json")
    assert [event["action"] for event in json.loads(out)] == WHOLE[:-3:-1]
    _, out, err = run("--limit", "2")
    assert len(out.splitlines()) == 3
    assert err == "There may be more entries: use --limit 20, or --all\n"
    _, out, err = run("--all", "--all-namespaces", "--denied", "--actor", "eve", "--json")
    made, removed = json.loads(out)
    assert (removed["name"], made["name"]) == (CHAMPION, "namespaces/mine")
    assert made["denied_request"]["reason"] == "PERMISSION_DENIED"
    _, out, _ = run(
        "--since", "1h", "--until", "2099-01-01T00:00:00Z", "--model", "fraud", "--json"
    )
    assert len(json.loads(out)) == len(WHOLE)
    _, out, _ = run("--name", "namespaces/default/models/fraud/aliases/", "--json")
    assert len(json.loads(out)) == 2


def test_the_command_says_when_there_is_nothing_and_when_it_is_used_wrongly(run: Run) -> None:
    assert run("--actor", "nobody") == (0, "", "No matching entries in the audit trail.\n")
    assert run("--actor", "nobody", "--json") == (0, "[]\n", "")
    assert run("-v", "--actor", "nobody", "--json") == (0, "[]\n", "")
    code, _, err = run("--denied", "--action", "alias.")
    assert code == 2
    assert "--action" in err
    code, _, err = run("--since", "yesterday")
    assert code == 2
    assert "--since" in err
    code, _, err = run("--action", "alias")
    assert code == 2
    assert "alias.set" in err
