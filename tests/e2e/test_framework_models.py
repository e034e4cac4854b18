"""log_model and load_model through a real server: by alias, elsewhere, with and without trust."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from modelregistry import AsyncClient, Client, TensorSpec, errors, frameworks
from tests.support.framework_models import CASES, LABELS, ROWS, Bomb, document
from tests.support.python import CLIENT, clean_environ, run_python
from tests.support.server import RegistryProcess

GUIDE = Path(__file__).parents[2] / "docs" / "frameworks.md"
SHOWN = dict(
    re.findall(
        r"^<!-- frameworks: (\w+) -->\n```python\n(.*?)^```$",
        GUIDE.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)
LINEAR = LogisticRegression().fit(ROWS, LABELS)
LOADS = """
import sys
from modelregistry import Client

with Client(sys.argv[1], cache=False) as registry:
    model = registry.load_model(sys.argv[2], trust=sys.argv[3] == "trust")
    import numpy as np
    sys.stdout.write(model.predict_proba(np.load(sys.argv[4])).tobytes().hex())
"""


@pytest.fixture
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    with Client(registry_process.target) as registry:
        yield registry


def predicted_elsewhere(client: Client, ref: str, trust: str, folder: Path) -> bytes:
    """Load a version in a new process, and return what it predicts."""
    np.save(folder / "rows.npy", ROWS)
    done = subprocess.run(
        [sys.executable, "-c", LOADS, client.target, ref, trust, folder / "rows.npy"],
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return bytes.fromhex(done.stdout)


def test_a_model_is_served_by_another_process_as_the_alias_moves(
    client: Client, tmp_path: Path
) -> None:
    forest = CASES["sklearn-forest"].make()
    first = client.log_model(
        "moving",
        LINEAR,
        example=ROWS,
        alias="champion",
        metrics={"auc": 0.9},
        tags={"team": "risk"},
    )
    second = client.log_model("moving", forest, example=ROWS, params={"trees": 4})

    assert first.metrics == {"auc": 0.9}
    assert first.tags["team"] == "risk"
    assert first.environment is not None
    assert first.signature is not None
    assert first.signature.inputs == (TensorSpec(dtype="float64", shape=(-1, 4)),)
    before = predicted_elsewhere(client, "moving@champion", "no trust", tmp_path)
    client.set_alias("moving", "champion", second)
    after = predicted_elsewhere(client, "moving@champion", "trust", tmp_path)

    assert before == LINEAR.predict_proba(ROWS).tobytes()
    assert after == forest.predict_proba(ROWS).tobytes()
    with pytest.raises(errors.TrustRequired, match="moving/2 was not loaded"):
        client.load_model("moving@champion")


@pytest.mark.parametrize(
    "name",
    ["sklearn-text", "sklearn-with-xgboost", "xgboost-categories", "lightgbm-words", "onnx"],
)
def test_what_was_logged_is_loaded(client: Client, name: str) -> None:
    case = CASES[name]
    model = case.make()
    version = client.log_model("kinds", model, example=case.example)
    loaded = client.load_model(version, trust=case.trust)

    assert version.tags["framework"] == case.framework
    assert version.tags["framework_format"] == case.format
    before, after = case.run(model, case.example), case.run(loaded, case.example)
    assert before.tobytes() == after.tobytes()


async def test_the_asynchronous_client_does_the_same(registry_process: RegistryProcess) -> None:
    async with AsyncClient(registry_process.target) as registry:
        version = await registry.log_model("asynchronous", LINEAR, example=ROWS)
        loaded = await registry.load_model("asynchronous@latest")
    assert version.number == 1
    assert isinstance(loaded, LogisticRegression)
    assert loaded.coef_.tobytes() == LINEAR.coef_.tobytes()


def test_the_same_model_again_is_the_same_bytes(client: Client) -> None:
    made = [client.log_model("again", CASES["xgboost-classifier"].make()) for _ in range(2)]
    assert made[0].root_digest == made[1].root_digest


def test_the_files_are_those_of_pull(client: Client, tmp_path: Path) -> None:
    version = client.log_model("files", LINEAR)
    assert sorted(file.path for file in client.list_files(version)) == ["MODEL.json", "model.skops"]
    client.load_model(version, path=tmp_path / "kept")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "MODEL.json",
        "model.skops",
    ]


def test_a_failing_example_registers_nothing(client: Client) -> None:
    with pytest.raises(errors.ExampleFailed):
        client.log_model("failing", LINEAR, example=ROWS[:, :1])
    with pytest.raises(errors.ModelNotFound):
        client.get_model("failing")


def test_tags_of_the_framework_are_not_contradicted(client: Client) -> None:
    with pytest.raises(errors.InvalidRequest) as refused:
        client.log_model("tagged", LINEAR, tags={"framework": "torch"})
    assert refused.value.violations[0].field == "tags['framework']"
    with pytest.raises(errors.ModelNotFound):
        client.get_model("tagged")


def test_a_pickle_pushed_by_hand_runs_nothing(client: Client, tmp_path: Path) -> None:
    marker, folder = tmp_path / "exploded", tmp_path / "model"
    folder.mkdir()
    joblib.dump(Bomb(marker), folder / "model.joblib")
    version = client.push("bomb", document(folder))

    with pytest.raises(errors.TrustRequired, match=r"bomb/1.*pickle"):
        client.load_model("bomb@latest")
    with pytest.raises(errors.InvalidRequest):
        client.load_model(version, trust="yes")  # type: ignore[arg-type]
    assert not marker.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"files": ["../../../../etc/passwd"]},
        {"files": ["/etc/passwd"]},
        {"framework": "os"},
        {"schema": 99},
        {"options": {"x": "y" * (1024 * 1024)}},
    ],
    ids=lambda change: str(change)[:40],
)
def test_a_hostile_document_pushed_by_hand_loads_nothing(
    client: Client, change: dict[str, object], tmp_path: Path
) -> None:
    joblib.dump(LINEAR, tmp_path / "model.joblib")
    client.push("hostile", document(tmp_path, **change))
    with pytest.raises((errors.ModelDocumentInvalid, errors.FrameworkUnavailable)):
        client.load_model("hostile@latest", trust=True)


@pytest.mark.parametrize(
    "change", [{}, {"files": ["model.joblib", "x" * 5000]}], ids=["pickle", "name"]
)
def test_a_version_that_will_not_load_is_not_downloaded(
    client: Client, change: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, place = tmp_path / "model", tmp_path / "place"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    joblib.dump(LINEAR, folder / "model.joblib")
    client.push("unloaded", document(folder, **change))
    before = sorted(tmp_path.rglob("*"))

    expected = errors.ModelDocumentInvalid if change else errors.TrustRequired
    with pytest.raises(expected):
        client.load_model("unloaded@latest", path=place)
    with pytest.raises(expected):
        frameworks.load_model(folder)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    with (
        ZipFile(tmp_path / "model.skops", "w", ZIP_DEFLATED) as archive,
        archive.open("schema.json", "w") as schema,
    ):
        for _ in range(100):
            schema.write(bytes(1024 * 1024))
    document(tmp_path, format="skops", files=["model.skops"])
    with pytest.raises(errors.ModelDocumentInvalid, match="would grow to 104,857,600 bytes"):
        frameworks.load_model(tmp_path)


def test_a_version_of_plain_files_says_to_pull_it(client: Client, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"weights")
    client.push("plain", tmp_path)
    with pytest.raises(errors.ModelDocumentInvalid, match="use pull"):
        client.load_model("plain@latest")


def test_temporary_files_are_removed(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client.log_model("tidy", LINEAR, example=ROWS)
    client.load_model("tidy@latest")
    with pytest.raises(errors.ExampleFailed):
        client.log_model("tidy", LINEAR, example=ROWS[:0])
    assert list(tmp_path.iterdir()) == []


def test_the_page_of_a_version_has_the_framework(client: Client) -> None:
    client.log_model("page", LINEAR)
    shown = run_python((*CLIENT, "--server", client.target, "versions", "show", "page/1"))
    [line] = [line for line in shown.stdout.splitlines() if line.strip().startswith("framework ")]
    assert line.split()[1] == "sklearn"
    assert line.endswith("(skops)")


def test_what_the_guide_shows_prints_what_it_says(client: Client, tmp_path: Path) -> None:
    code = SHOWN["quick"].replace("localhost:50051", client.target)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        text=True,
        timeout=300,
    )
    [promised] = re.findall(r"print\(.*\)  # (.+)", code)
    assert (done.stdout.strip(), done.stderr) == (promised, "")


def test_the_adapter_of_the_guide_works(tmp_path: Path) -> None:
    info = tmp_path / "acme-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    points = "[modelregistry.frameworks]\nacme = acme_modelregistry:ADAPTER\n"
    (info / "entry_points.txt").write_text(points)
    (tmp_path / "acme_modelregistry.py").write_text(SHOWN["adapter"])
    (tmp_path / "acme.py").write_text(
        "class Model:\n"
        "    def __init__(self, weights): self.weights = weights\n"
        "    def predict(self, rows): return [self.weights[0] * row for row in rows]\n"
    )
    code = (
        "import acme\nfrom modelregistry import frameworks\n"
        "frameworks.save_model(acme.Model([2]), 'saved', example=[1.5])\n"
        "print(frameworks.load_model('saved').predict([1.5]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**clean_environ(), "PYTHONPATH": str(tmp_path)},
        text=True,
        timeout=300,
    )
    assert (done.stdout, done.stderr) == ("[3.0]\n", "")
