"""Queries by users of a real server: the command line, at the width of a terminal."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from modelregistry import (
    Client,
    DatasetInput,
    Environment,
    Package,
    SliceMetric,
    Source,
    errors,
)
from modelregistry.cli import app
from tests.support.server import RegistryProcess, registry_process

__all__ = ["registry_process"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    with Client(registry_process.target, cache=False) as made:
        yield made


@pytest.fixture
def run(
    registry_process: RegistryProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Return a function that runs modelreg and returns exit code, output and errors."""
    monkeypatch.setenv("MODELREG_SERVER", registry_process.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = app.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def trained(client: Client) -> str:
    """A model with versions of 20, 100 and 200 epochs, and one by a schedule."""
    for epochs in ("20", "100", "200", "until it converges"):
        client.push("epochs", Path(__file__), params={"epochs": epochs}, source=None)
    return "epochs"


def numbers(run: Run, model: str, text: str) -> list[int]:
    code, out, err = run("versions", "list", model, "--filter", text, "--json")
    assert code == 0, err
    return [version["number"] for version in json.loads(out)]


def test_versions_are_found_by_how_many_epochs_they_were_trained(run: Run, trained: str) -> None:
    assert numbers(run, trained, "params.epochs > 9") == [3, 2, 1]
    assert numbers(run, trained, "params.epochs > 20") == [3, 2]
    assert numbers(run, trained, "params.epochs = 20.0") == [1]
    assert numbers(run, trained, "params.epochs != 20") == [3, 2]
    assert numbers(run, trained, "NOT params.epochs = 20") == [4, 3, 2]
    assert numbers(run, trained, 'params.epochs = (20 OR "until*")') == [4, 1]
    assert numbers(run, trained, 'params.epochs > "9"') == [4]


@pytest.mark.parametrize(
    "text, there_are",
    [
        ("state = ACTIVE", "active, deprecated, yanked, revoked, deleted"),
        ("stage = prod", "none, staging, production, archived"),
        ("stage = (production OR retired)", "none, staging, production, archived"),
        ('root_digest = "abc"', "64 digits"),
        ("number = 2.5", "whole number"),
    ],
)
def test_a_filter_that_cannot_match_is_refused_with_what_there_is(
    run: Run, trained: str, text: str, there_are: str
) -> None:
    code, out, err = run("versions", "list", trained, "--filter", text)
    assert code != 0
    assert out == ""
    assert there_are in err


def test_a_stage_that_the_namespace_once_had_can_be_asked_for(
    run: Run, client: Client, tmp_path: Path
) -> None:
    client.create_namespace("moving")
    client.push("moving/m", Path(__file__), source=None)
    stages = tmp_path / "stages.json"
    code, out, err = run("stage", "graph", "show", "-n", "moving", "--as-file")
    assert code == 0, err
    graph = json.loads(out)
    default = json.dumps(graph)
    graph["stages"].append({"id": "canary"})
    stages.write_text(json.dumps(graph))
    refused = run("versions", "list", "moving/m", "--filter", "stage = canary")
    assert refused[0] != 0
    for text in (json.dumps(graph), default):
        stages.write_text(text)
        code, _, err = run("stage", "graph", "set", "--yes", stages, "-n", "moving")
        assert code == 0, err
        assert run("versions", "list", "moving/m", "--filter", "stage = canary")[0] == 0
    assert run("versions", "list", "moving/m", "--filter", "stage = canari")[0] != 0


@pytest.mark.parametrize(
    "command",
    [
        ("models", "list", "--filter", "owner = nobody"),
        ("versions", "list", "epochs", "--filter", "creator = nobody"),
    ],
)
@pytest.mark.usefixtures("trained")
def test_an_empty_answer_to_a_filter_does_not_ask_for_a_push(
    run: Run, command: Sequence[str]
) -> None:
    code, out, err = run(*command)
    assert (code, out) == (0, "")
    assert err.startswith("No matching ")
    assert "push" not in err


def test_models_are_found_by_how_their_names_begin(run: Run, client: Client) -> None:
    for name in ("prefix-a", "prefix-b", "other-prefix"):
        client.create_model(name)
    code, out, err = run("models", "list", "--filter", 'id = "prefix*"', "--json")
    assert code == 0, err
    names = [model["name"].rpartition("/")[2] for model in json.loads(out)]
    assert names == ["prefix-a", "prefix-b"]


@pytest.fixture(scope="module")
def ranked(client: Client) -> str:
    """Two models of a namespace, with versions of which one has no metric."""
    client.create_namespace("ranked")
    for model, metrics in (
        ("a", {"auc": 0.8}),
        ("b", {"auc": 0.95}),
        ("a", {"auc": 0.9}),
        ("b", {}),
    ):
        client.push(f"ranked/{model}", Path(__file__), metrics=metrics, source=None)
    return "ranked"


def test_the_best_version_of_all_models_comes_first(run: Run, ranked: str) -> None:
    found = ("versions", "list", "--all-models", "-n", ranked)
    code, out, err = run(*found, "--order-by", "metrics.auc desc", "--json")
    assert code == 0, err
    refs = [version["name"].split("/")[-3] + str(version["number"]) for version in json.loads(out)]
    assert refs == ["b1", "a2", "a1", "b2"]
    code, out, _ = run(*found, "--order-by", "metrics.auc", "--limit", "1")
    assert (code, "ranked/a/1" in out, len(out.splitlines())) == (0, True, 2)
    code, out, _ = run(*found, "--filter", 'model = "b*"')
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["ranked/b/2", "ranked/b/1"]


@pytest.mark.usefixtures("ranked")
def test_a_list_of_all_models_is_read_page_by_page(client: Client) -> None:
    for order in ("", "metrics.auc desc", "create_time", "size_bytes desc, number"):
        whole = [one.name for one in client.list_versions("ranked/-", order_by=order)]
        found = client.list_versions("ranked/-", order_by=order, page_size=1)
        assert [one.name for one in found] == whole
        assert len(set(whole)) == 4


@pytest.mark.parametrize(
    "order, says",
    [
        ("auc", "there are create_time, file_count, metrics, number, size_bytes"),
        ("metrics desc", "a name, as in metrics.auc"),
        ("number.x", "no fields of its own"),
        ("number,", "cannot be read"),
        ("number down", "cannot be read"),
        ("number, number desc", "each field once"),
    ],
)
def test_an_order_that_does_not_exist_is_refused_with_what_there_is(
    run: Run, trained: str, order: str, says: str
) -> None:
    code, out, err = run("versions", "list", trained, "--order-by", order)
    assert (code != 0, out) == (True, "")
    assert says in err.replace("\n", " ")


def test_versions_of_no_model_are_a_usage_error(run: Run, trained: str) -> None:
    for arguments in ((), (trained, "--all-models")):
        code, _, err = run("versions", "list", *arguments)
        assert (code, "--all-models" in err) == (2, True)


@pytest.fixture(scope="module")
def leaked(client: Client) -> str:
    """A dataset on which a deleted base was trained, of which the champion is a fine-tune."""
    uri = "s3://claims/leaked"
    for model, options in (
        ("base", {"inputs": [DatasetInput(uri=uri, digest="sha256:aa")]}),
        ("tuned", {"parents": ["base/1"], "alias": "champion"}),
        ("distilled", {"parents": ["tuned/1"]}),
        ("other", {"inputs": [DatasetInput(uri=uri, digest="sha256:bb")]}),
    ):
        client.push(model, Path(__file__), source=None, environment=None, **options)
    client.delete_version("base/1")
    return uri


def test_an_impact_question_does_not_stop_at_a_deleted_version(
    run: Run, client: Client, leaked: str
) -> None:
    code, out, err = run("versions", "using", leaked)
    assert code == 0, err
    rows = [" ".join(line.split()) for line in out.splitlines()[1:]]
    assert [row.split()[0] for row in rows] == ["other/1", "tuned/1", "distilled/1"]
    assert "champion" in rows[1]
    assert "derived from base/1 deleted" in rows[1]
    assert "derived from tuned/1" in rows[2]
    assert "1 version used it directly, 2 through others; --direct omits these" in err
    code, _, err = run("versions", "using", "tuned/1")  # a version, not a dataset
    assert (code, "modelreg lineage tuned/1 --down" in err) == (0, True)
    code, out, _ = run("versions", "using", leaked, "--direct", "--json")
    assert [use["version"]["name"].split("/")[-3] for use in json.loads(out)] == ["other"]
    of_base = client.versions_using(digest="sha256:aa", derived=True, page_size=1)
    assert [use.version.ref for use in of_base] == ["tuned/1", "distilled/1"]
    client.delete_model("tuned", force=True)
    left = [use.version.ref for use in client.versions_using(leaked, derived=True)]
    code, out, err = run("lineage", "tuned/1", "--down")
    client.undelete_model("tuned")
    assert left == ["other/1", "distilled/1"]
    assert (code, "distilled/1" in out) == (0, True), err


def test_a_walk_starts_at_a_dataset(run: Run, leaked: str) -> None:
    code, out, err = run("lineage", leaked, "--down")
    assert code == 0, err
    for line in ("base/1  deleted", "tuned/1", "distilled/1", "other/1", leaked):
        assert line in out
    walks = json.loads(run("lineage", "sha256:bb", "--down", "--json")[1])
    assert [step["node"]["name"].split("/")[-3] for step in walks[0]["steps"]] == ["other"]
    assert len(json.loads(run("lineage", leaked, "--down", "--json")[1])) == 2


def test_help_of_both_lineage_commands_agrees(run: Run) -> None:
    using = " ".join(run("versions", "using", "--help")[1].split())
    lineage = " ".join(run("lineage", "--help")[1].split())
    assert "`lineage URI --down` shows the same as a tree" in using.replace("│", "")
    assert "`versions using` lists only the versions" in lineage.replace("│", "")


def test_a_stage_that_never_existed_has_no_users_of_data(run: Run, leaked: str) -> None:
    code, out, err = run("versions", "using", leaked, "--stage", "prod")
    assert (code != 0, out) == (True, "")
    assert "none, staging, production, archived" in err


@pytest.fixture(scope="module")
def served(client: Client) -> tuple[str, datetime]:
    """A namespace with two models in production, and a moment before the last changes."""
    client.create_namespace("served")
    for model in ("credit", "fraud"):
        for _ in range(2):
            client.push(f"served/{model}", Path(__file__), source=None, environment=None)
        for stage in ("staging", "production"):
            client.set_stage(f"served/{model}/1", stage, reason="good")
    moment = client.get_version("served/fraud/1").update_time
    assert moment is not None
    for stage in ("staging", "production"):
        client.set_stage("served/fraud/2", stage)
    client.delete_model("served/credit", force=True)
    return "served", moment


def test_what_was_in_production_at_a_time_is_told_for_all_models(
    run: Run, client: Client, served: tuple[str, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace, moment = served
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    code, out, err = run("production", "-n", namespace)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["served/fraud/2"]
    local = (moment + timedelta(microseconds=1)).astimezone().replace(tzinfo=None).isoformat()
    code, out, err = run("production", "-n", namespace, "--at", local)
    assert [line.split()[0] for line in out.splitlines()[1:]] == [
        "served/credit/1",
        "served/fraud/1",
    ]
    assert "+05:30 local time" in err
    assert "UTC" in err
    found = json.loads(run("production", "-n", namespace, "--at", moment.isoformat(), "--json")[1])
    assert [entry["stage"] for entry in found] == ["production", "production"]
    _, out, err = run("production", "-n", namespace, "--at", "2020-05-03")
    assert (out, "2020-05-03 23:59:59+05:30 local time, 2020-05-03 18:29:59 UTC" in err) == (
        "",
        True,
    )
    code, out, _ = run("production", "-n", namespace, "--all-stages", "--json")
    assert {entry["stage"] for entry in json.loads(out)} == {"production", "archived"}
    for wrong in ("tomorrow", "2999-01-01", "9999-12-31", "2026-13-01"):
        assert run("production", "-n", namespace, "--at", wrong)[0] in {2, *range(3, 9)}, wrong
    assert run("production", "-n", namespace, "--stage", "prod")[0] != 0
    assert run("production", "-n", namespace, "--stage", "staging", "--all-stages")[0] == 2
    # A variable of a script that is not set: never an answer about now, or about everything.
    assert run("production", "-n", namespace, "--at", "")[0] == 2
    assert run("audit", "--since", "")[0] == run("audit", "--until", "")[0] == 2
    assert run("resolve", "served/fraud@production", "--as-of", "")[0] == 2
    monkeypatch.undo()
    time.tzset()
    page = client.staged_versions(namespace=namespace, page_size=1)
    assert [entry.stage for entry in page] == ["archived", "production"]


def test_an_alias_is_shown(run: Run, leaked: str) -> None:
    assert leaked
    code, out, err = run("alias", "get", "tuned", "champion")
    assert (code, "tuned@champion → tuned/1" in out, err) == (0, True, "")
    assert json.loads(run("alias", "get", "tuned", "champion", "--json")[1])["etag"]
    assert run("alias", "get", "tuned", "nobody")[0] != 0


def test_the_audit_trail_is_csv_that_no_spreadsheet_evaluates(run: Run, client: Client) -> None:
    client.create_model("csv")
    formula = '=HYPERLINK("http://evil.example","click")'
    others = ("-1", "+1", "@SUM(A1)", "\tx", 'a "quoted", text', "two\nlines", "\uff1d1")
    for reason in (formula, *others):
        client.push("csv", Path(__file__), source=None, environment=None)
        client.set_stage("csv@latest", "archived", reason=reason)
    code, out, err = run("audit", "--model", "csv", "--csv", "--oldest-first")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert len(rows) == 17
    assert out.count("\r\n") >= 18
    reasons = [row["reason"] for row in rows if row["action"] == "version.stage"]
    assert reasons[0] == f"'{formula}"
    assert reasons[1:5] == ["'-1", "'+1", "'@SUM(A1)", "'\tx"]
    assert reasons[5:] == ['a "quoted", text', "two\nlines", "'\uff1d1"]
    assert {row["actor"] for row in rows} == {"local"}
    assert len(run("audit", "--model", "csv", "--csv", "--limit", "2")[1].splitlines()) == 3
    client.set_alias("csv", "ringing", "csv/1", reason="\x1b[31mred\u202e")
    out = run("audit", "--action", "alias.set", "--model", "csv", "--csv")[1]
    assert "\\x1b[31mred\\u202e" in out
    assert "\x1b" not in out
    assert run("audit", "--csv", "--json")[0] == 2


@pytest.fixture(scope="module")
def compared(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model whose second version differs from the first in everything that is compared."""
    folder = tmp_path_factory.mktemp("compared")
    (folder / "same").write_bytes(b"same")
    for number, result in ((1, 0.9), (2, 0.95)):
        (folder / "weights").write_bytes(bytes(number))
        (folder / f"only-{number}").write_bytes(b"x")
        client.push(
            "compared",
            folder,
            metrics={"auc": result, "loss": 1.0},
            params={"lr": f"0.{number}", "same": "yes"},
            labels={"team": "risk", "reviewed": str(number)},
            slices=[SliceMetric(dimension="age", value="60-69", metric="auc", result=result - 0.1)],
            inputs=[DatasetInput(uri="gs://claims/q3", digest=f"sha256:{number:064x}")],
            environment=Environment(
                python_version="3.11.7",
                packages=(Package("numpy", f"1.{number}"), Package("torch", "2.0")),
            ),
            source=Source(commit=f"{number}" * 40),
        )
        (folder / f"only-{number}").unlink()
    return "compared"


def test_two_versions_are_compared(run: Run, client: Client, compared: str) -> None:
    code, out, err = run("versions", "diff", f"{compared}/1", f"{compared}/2")
    assert (code, err) == (0, "")
    for line in ("compared/1 → compared/2", "Metrics by slice", "auc age=60-69", "+0.05", "numpy"):
        assert line in out
    assert "torch" not in out
    document = json.loads(run("versions", "diff", f"{compared}/1", f"{compared}/2", "--json")[1])
    found = {
        (one["section"], one["key"]): (one["before"], one["after"])
        for one in document["differences"]
    }
    assert set(found) == {
        ("metrics", "auc"),
        ("slices", "auc age=60-69"),
        ("params", "lr"),
        ("labels", "reviewed"),
        ("inputs", "trained on gs://claims/q3"),
        ("source", "commit"),
        ("packages", "numpy"),
        *(("files", path) for path in ("weights", "only-1", "only-2")),
        ("identity", "size_bytes"),
    }
    assert found["metrics", "auc"] == (0.9, 0.95)
    assert found["packages", "numpy"] == ("1.1", "1.2")
    assert found["files", "only-1"][1] is None
    assert run("versions", "diff", f"{compared}/1", f"{compared}/1")[2] == "No differences.\n"
    assert client.diff_versions(f"{compared}/1", f"{compared}/1").differences == ()
    assert run("versions", "diff", f"{compared}/1", f"{compared}/99")[0] != 0
    leaking = client.push(compared, Path(__file__), environment=None, source=None)
    client.revoke_version(leaking, reason="it leaks")
    code, out, err = run("versions", "diff", f"{compared}/2", leaking.ref)
    assert (code, "numpy" in out, "Files are not compared" in err) == (0, True, True)


def test_a_report_has_the_differences_from_another_version(run: Run, compared: str) -> None:
    code, out, err = run("report", f"{compared}/2", "--against", f"{compared}/1")
    assert (code, err) == (0, "")
    assert "Differences from compared/1" in out
    assert "| packages | numpy | 1.1 | 1.2 |" in out
    assert "Differences from" not in run("report", f"{compared}/2")[1]
    page = run("report", f"{compared}/2", "--against", f"{compared}/1", "--format", "html")[1]
    assert "Differences from compared/1" in page


def test_the_newest_version_of_each_stage_is_listed(client: Client) -> None:
    for number in range(1, 5):
        client.push("staged", Path(__file__), description=str(number), source=None)
    for number in (1, 3):
        client.promote(f"staged/{number}", "staging")
    newest = list(client.newest_in_stages("staged", full=True))
    assert [(each.stage, each.number) for each in newest] == [("none", 4), ("staging", 3)]
    with pytest.raises(errors.InvalidRequest, match="newest_in_stages"):
        list(client.newest_in_stages("-"))
