"""Profiles of reference data through a real server: pushed, loaded, and compared."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from modelregistry import (
    AsyncClient,
    BreachCondition,
    Client,
    Monitor,
    MonitorPhase,
    MonitorSeverity,
    SignalKind,
    SignalSelection,
    drift,
    errors,
)
from modelregistry.cli import app, failures
from modelregistry.cli.drift_page import drift_page
from tests.support.server import RegistryProcess

ROWS = np.random.default_rng(3).normal(size=400)
README = Path(__file__).parents[2] / "README.md"
BLOCK = re.MULTILINE | re.DOTALL
GUIDE = Path(__file__).parents[2] / "docs" / "drift.md"
WINDOW = ("--window", "2026-05-03T00:00:00Z", "2026-05-04T00:00:00Z")
TABLE = {"amount": ROWS, "country": ["de", "fr"] * 200}


@pytest.fixture(scope="module")
def registry(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace of its own."""
    namespace = f"drift-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        yield client


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with one file."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    return folder


def test_the_profile_of_a_table_is_a_file_of_the_version(
    registry: Client, model: Path, tmp_path: Path
) -> None:
    made = registry.push("fraud", model, profile=TABLE, alias="champion")
    assert [file.path for file in registry.list_files(made)] == ["PROFILE.json", "model.bin"]
    loaded = registry.load_profile("fraud@champion")
    assert loaded == drift.profile(TABLE)
    pulled = registry.pull(made, tmp_path / "pulled") / "PROFILE.json"
    assert pulled.read_bytes() == drift.profile_bytes(loaded)
    found = drift.compare(loaded, {"amount": ROWS + 3, "country": ["de"] * 400})
    assert found.profile_digest == next(iter(registry.list_files(made))).digest
    assert {drift.hint(each) for each in found.results} <= {"drift", "large"}


async def test_an_asynchronous_client_does_the_same(registry: Client, model: Path) -> None:
    profile = drift.profile(TABLE, sample_size=100)
    async with AsyncClient(registry.target, namespace=registry.namespace, cache=False) as client:
        check = await client.check_push("fraud", model, profile=profile)
        assert check.file_count == 2
        made = await client.push("fraud", model, profile=profile)
        assert await client.load_profile(made) == profile


def test_a_wrong_profile_sends_nothing(registry: Client, model: Path) -> None:
    before = registry.get_usage()
    for wrong, problem in ((7, "must be a mapping"), ({"x": [object()]}, "cannot be compared")):
        with pytest.raises(errors.InvalidRequest, match=problem):
            registry.push("fraud", model, profile=wrong)
    (model / "PROFILE.json").write_text("{}")
    with pytest.raises(errors.InvalidRequest, match=r"has a file PROFILE\.json already"):
        registry.push("fraud", model, profile=TABLE)
    with pytest.raises(errors.InvalidRequest, match="by reference"):
        registry.register_reference("fraud", "s3://models/fraud", profile=TABLE)
    assert registry.get_usage() == before


def test_a_version_without_a_profile_says_so(registry: Client, model: Path) -> None:
    plain = registry.push("plain", model)
    with pytest.raises(errors.ProfileInvalid, match="pushed without a profile"):
        registry.load_profile(plain)
    (model / "PROFILE.json").write_text(json.dumps({"schema": 1, "rows": 1, "columns": 1}))
    forged = registry.push("plain", model)
    with pytest.raises(errors.ProfileInvalid, match="columns must be a list"):
        registry.load_profile(forged)


def flags(client: Client) -> list[str]:
    """Return the options that lead to the registry and namespace of a client."""
    return ["--server", client.target, "--namespace", client.namespace]


@pytest.fixture
def run(registry: Client, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command and returns its output, with notes; fails unless it exits with `code`."""

    def run(*arguments: str | Path, code: int = 0) -> str:
        given = [*map(str, arguments), *flags(registry)]
        assert app.run(given) == code, capsys.readouterr().err
        said = capsys.readouterr()
        return said.out + said.err

    return run


def test_the_command_compares_a_file_with_a_version(
    run: Callable[..., str], model: Path, tmp_path: Path
) -> None:
    hostile = "<img src=x>\x1b[2J"
    table = {**TABLE, hostile: [1.0] * 400}
    pq.write_table(pa.table(table), tmp_path / "reference.parquet")
    run(
        "push",
        "cli",
        model,
        "--profile-data",
        tmp_path / "reference.parquet",
        "--alias",
        "champion",
    )
    amounts = (ROWS + 1).tolist()
    now = {"amount": amounts, "country": ["de"] * 399 + [None], "new": [0] * 400}
    pq.write_table(pa.table(now), tmp_path / "now.parquet")
    lines = [f"{amount!r},{'de' if row < 399 else ''},0" for row, amount in enumerate(amounts)]
    (tmp_path / "now.csv").write_text("\n".join(["amount,country,new", *lines]))

    page = tmp_path / "drift.html"
    shown = run("drift", "cli@champion", tmp_path / "now.parquet", "--report", page)
    assert "\x1b[2J" not in shown
    for text in ("400 rows", "amount", "wasserstein", "large", "▁", "the table has no such column"):
        assert text in shown
    written = page.read_text(encoding="utf-8")
    assert "<img" not in written
    assert "<script" not in written
    assert ET.fromstring(written).tag == "html"  # noqa: S314 - our own page
    assert written.count("<svg") == 2

    found = drift.compare(drift.profile(table), now)
    documents = [
        json.loads(run("drift", "cli@champion", tmp_path / name, "--json", *WINDOW))
        for name in ("now.parquet", "now.csv")
    ]
    assert documents[0] == documents[1]
    assert documents[0]["version"].endswith("models/cli/versions/1")
    signals = documents[0]["signals"]
    assert [(each["subject"], each["statistic"], each["p_value"]) for each in signals] == [
        (each.subject, each.statistic, each.p_value) for each in found.results
    ]
    assert {each["window_start"] for each in signals} == {"2026-05-03T00:00:00Z"}
    only = json.loads(
        run("drift", "cli@champion", tmp_path / "now.csv", "--json", "--column", "country")
    )
    assert [each["name"] for each in only["comparison"]["columns"]] == ["country"]
    assert (only["signals"], only["recorded"]) == ([], None)


def test_drift_is_recorded_once_and_fires(
    registry: Client, run: Callable[..., str], model: Path, tmp_path: Path
) -> None:
    registry.push("watched", model, profile=TABLE)
    selection = SignalSelection(models="watched", kind=SignalKind.DATA, method="psi")
    condition, bad = BreachCondition(threshold=0.25), MonitorSeverity.WARNING
    registry.put_monitor(
        Monitor(name="drift", selection=selection, condition=condition, severity=bad)
    )
    (tmp_path / "now.csv").write_text("\n".join(["amount", *map(str, ROWS + 3)]))
    arguments = ("drift", "watched@latest", tmp_path / "now.csv", "--column", "amount")

    said = run(*arguments, *WINDOW, "--record", "--target", "eu-prod")
    again = json.loads(run(*arguments, *WINDOW, "--record", "--target", "eu-prod", "--json"))
    now = json.loads(run(*arguments, "--window", "1d", "now", "--json"))

    assert "recorded 4 signals" in said
    assert "firing warning" in said
    assert again["recorded"]["repeated"] == 4
    assert len(now["signals"]) == 4
    (state,) = registry.monitor_states(phases=[MonitorPhase.FIRING])
    assert (state.subject, state.target) == ("amount", "eu-prod")


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.csv",),
        ("now.csv", "--column", "nothing"),
        ("now.csv", "--report", "drift.svg"),
        ("now.csv", "--record"),
        ("now.csv", "--window", "2026-05-04T00:00:00Z", "2026-05-03T00:00:00Z"),
        ("now.csv", "--window", "yesterday", "today"),
    ],
)
def test_wrong_arguments_of_the_command_are_refused(
    registry: Client,
    run: Callable[..., str],
    model: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
) -> None:
    (tmp_path / "now.csv").write_text("amount\n1\n")
    registry.push("wrong", model, profile=TABLE)
    file, *options = arguments
    code = failures.FAILED if file == "missing.csv" else failures.USAGE
    assert "error: " in run("drift", "wrong@latest", tmp_path / file, *options, code=code)


def test_the_page_is_within_80_columns_and_marks_samples() -> None:
    profile = drift.profile({"amount": ROWS.repeat(8), "country": ["de", "fr"] * 1_600})
    found = drift.compare(profile, {"amount": ROWS.repeat(150), "country": ["x"] * 60_000})
    screen = Console(file=StringIO(), width=80, record=True)
    for part in drift_page(found, "fraud/1"):
        screen.print(part)
    shown = screen.export_text()
    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"amount +ks +0\S* +\S+ +~2,000 +~50,000 +none", shown)
    assert re.search(r"country +psi +\S+ +- +3,200 +60,000 +large", shown)


def test_the_lines_of_the_readme_find_drift(
    run: Callable[..., str], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = README.read_text("utf-8")
    (monitor,) = re.findall(r"^<!-- drift: drift.json -->\n```json\n(.*?)^```$", text, BLOCK)
    (lines,) = re.findall(r"^<!-- drift -->\n```sh\n(.*?)^```$", text, BLOCK)
    model.rename(model.parent / "model_dir")
    monkeypatch.chdir(model.parent)
    Path("drift.json").write_text(monitor)
    for name, shift in (("training.csv", 0), ("today.csv", 3)):
        Path(name).write_text("\n".join(["amount", *map(str, ROWS + shift)]))

    said = [run(*shlex.split(line)[1:]) for line in lines.splitlines()]

    assert "firing critical" in said[-1]


def test_the_example_of_the_documentation_runs_as_printed(
    registry: Client,
    model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (program,) = re.findall(
        r"^<!-- drift: quick -->\n```python\n(.*?)^```$",
        GUIDE.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    model.rename(model.parent / "model_dir")
    monkeypatch.chdir(model.parent)
    client = f"Client({registry.target!r}, namespace={registry.namespace!r}, cache=False)"
    known: dict[str, Any] = {}
    exec(program.replace('Client("localhost:50051")', client), known)  # noqa: S102 - our own
    assert "country psi" in capsys.readouterr().out
    assert len(known["signals"]) == 4 + 3
