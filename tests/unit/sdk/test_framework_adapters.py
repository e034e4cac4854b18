"""Adapters of other distributions, good and bad, beside ours: each program in its own process."""

import subprocess
import sys
from pathlib import Path

import pytest

ACME = """
from modelregistry.frameworks import Saved

class Model:
    def __init__(self, text):
        self.text = text

class Adapter:
    name = "acme"
    packages = ("acme_lib",)

    def can_save(self, model):
        return isinstance(model, Model)

    def predict(self, model, example):
        return f"{model.text} {example}"

    def save(self, model, folder, request):
        (folder / "text").write_text(model.text)
        return Saved(format="own", framework_version="1", options={"n": 1})

    def load(self, folder, document, request):
        return Model(document.file(folder, "text").read_text())

ADAPTER = Adapter()
"""
SAVES = """
import sys
from pathlib import Path
from acme_lib import Model
from modelregistry import frameworks

saved = frameworks.save_model(Model("hello"), sys.argv[1], example="you")
print(saved.framework, saved.options, saved.signature.outputs[0].dtype)
print(frameworks.load_model(sys.argv[1]).text)
"""
LIGHT = """
import sys
import modelregistry
from modelregistry import Client

Client("localhost:1", cache=False).close()
from modelregistry import frameworks
print(sorted(frameworks.adapters()))
print(sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[1].split())))
"""
LIBRARIES = "sklearn skops joblib numpy pandas xgboost lightgbm onnx onnxruntime torch keras"
OURS = ["keras", "lightgbm", "onnx", "sklearn", "torch", "transformers", "xgboost"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with distributions that are installed beside ours."""
    return tmp_path / "site"


def install(site: Path, distribution: str, module: str, code: str, points: str) -> None:
    """Install a distribution with one module and entry points of the group."""
    info = site / f"{distribution}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[modelregistry.frameworks]\n{points}\n")
    (site / f"{module}.py").write_text(code)


def run(site: Path, program: str, *arguments: object) -> tuple[str, str]:
    """Run a program in a new process; return what it prints and what it logs."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{program}"]
        + [str(argument) for argument in arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_client_loads_no_framework(site: Path) -> None:
    assert run(site, LIGHT, LIBRARIES)[0].splitlines() == [str(OURS), "[]"]


def test_another_distribution_adds_a_framework(site: Path, tmp_path: Path) -> None:
    install(site, "acme", "acme_lib", ACME, "acme = acme_lib:ADAPTER")
    said, logged = run(site, SAVES, tmp_path / "model")
    assert said.splitlines() == ["acme {'n': 1} string", "hello"]
    assert logged == ""


@pytest.mark.parametrize(
    "code,points,reason",
    [
        ("raise RuntimeError('no licence')", "bad = bad_lib:ADAPTER", "no licence"),
        ("import sys\nsys.exit('no licence')", "bad = bad_lib:ADAPTER", "no licence"),
        ("", "bad = bad_lib:ADAPTER", "ADAPTER"),
        ("ADAPTER = 7", "bad = bad_lib:ADAPTER", "is no FrameworkAdapter"),
        (ACME, "bad = bad_lib:ADAPTER", "calls itself 'acme'"),
        ("", "bad = absent_lib:ADAPTER", "absent_lib"),
    ],
    ids=["raises", "exits", "empty", "no adapter", "another name", "absent"],
)
def test_a_broken_adapter_breaks_no_other(
    code: str, points: str, reason: str, site: Path, tmp_path: Path
) -> None:
    install(site, "acme", "acme_lib", ACME, "acme = acme_lib:ADAPTER")
    install(site, "bad", "bad_lib", code, points)
    program = f"{SAVES}\ntry: frameworks.save_model(7, sys.argv[2], framework='bad')\n"
    program += "except frameworks.storing.FrameworkUnavailable as error: print(error)"
    said, logged = run(site, program, tmp_path / "model", tmp_path / "other")
    saved, loaded, refused = said.splitlines()
    assert (saved, loaded) == ("acme {'n': 1} string", "hello")
    assert reason in refused
    assert "the framework adapter 'bad' is left out" in logged


def test_two_distributions_with_one_name_are_both_named(site: Path, tmp_path: Path) -> None:
    install(site, "acme", "acme_lib", ACME, "acme = acme_lib:ADAPTER")
    install(site, "copycat", "copycat_lib", ACME, "acme = copycat_lib:ADAPTER")
    program = (
        f"{SAVES.partition('saved =')[0]}\ntry: frameworks.save_model(Model('x'), sys.argv[1])\n"
    )
    program += "except frameworks.storing.FrameworkUnavailable as error: print(error)"
    said, _ = run(site, program, tmp_path / "model")
    assert "several distributions have an adapter of this name: acme, copycat" in said


def test_a_name_of_ours_stays_ours(site: Path, tmp_path: Path) -> None:
    install(site, "copycat", "copycat_lib", "raise SystemExit(3)", "sklearn = copycat_lib:ADAPTER")
    program = (
        "from modelregistry import frameworks\nprint(frameworks.adapters()['sklearn'].packages)"
    )
    said, logged = run(site, program, tmp_path)
    assert said == "('sklearn',)\n"
    assert "of copycat is left out" in logged


def test_of_two_adapters_for_a_class_one_must_be_chosen(site: Path, tmp_path: Path) -> None:
    install(site, "acme", "acme_lib", ACME, "acme = acme_lib:ADAPTER")
    code = "from acme_lib import Adapter\nclass Other(Adapter):\n    name = 'other'\n"
    code += "ADAPTER = Other()\n"
    install(site, "other", "other_lib", code, "other = other_lib:ADAPTER")
    program = (
        f"{SAVES.partition('saved =')[0]}\ntry: frameworks.save_model(Model('x'), sys.argv[1])\n"
    )
    program += "except frameworks.storing.FrameworkUnavailable as error: print(error)\n"
    program += "print(frameworks.save_model(Model('x'), sys.argv[1], framework='other').framework)"
    refused, chosen = run(site, program, tmp_path / "model")[0].splitlines()
    assert "pass framework= with one of acme, other" in refused
    assert chosen == "other"
