"""The examples of governance in the READMEs, run as printed: lines of shell, and Python."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelregistry import Client, Quiet
from tests.support.python import clean_environ
from tests.support.server import RegistryProcess

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SDK_README = (ROOT / "sdk" / "python" / "README.md").read_text("utf-8")
FILE = re.compile(r"^<!-- govern: (\S+) -->\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINES = re.compile(r"^<!-- govern -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RULES = re.compile(r"^## Evidence and rules\n(.*?)^## ", re.MULTILINE | re.DOTALL)
ROUTES = re.compile(r"^## Divide users among versions\n(.*?)^## ", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMISED = re.compile(r"print\(.*\)  # (.+)")
PUSH = ".venv/bin/modelreg push fraud model_dir/ --alias champion --metric auc=0.97"
WAITING = ".venv/bin/modelreg transitions list --state open --json"
ID = r"""grep -o 'transitions/[0-9a-f-]*' | cut -d/ -f2"""
ENDS = re.compile(r"exits with ([0-9]+)")


def lines() -> list[str]:
    """The lines of the section, and first the one of the section before that they go on from."""
    (block,) = LINES.findall(README)
    assert PUSH in README
    return [PUSH, *filter(None, block.splitlines())]


def script(shown: list[str]) -> str:
    """Run each line and say how it ended; what it prints goes into a file of its own."""
    found = [line.replace("approve ID", f"approve $({WAITING} | {ID})") for line in shown]
    return "\n".join(
        f"{{ {line}\n}} > {number}.out 2>&1; echo $?" for number, line in enumerate(found)
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder like a clone after `make`, with the model and the files that the README shows."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "model_dir").mkdir()
    (tmp_path / "model_dir" / "model.joblib").write_bytes(b"weights")
    for name, content in FILE.findall(README):
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def run(shown: list[str], place: Path, target: str) -> list[tuple[str, int, str]]:
    """Run the lines one after the other; return each with its exit code and what it printed."""
    ran = subprocess.run(
        ["/bin/sh", "-c", script(shown)],
        capture_output=True,
        check=True,
        cwd=place,
        env={
            **clean_environ(),
            "HOME": str(place),
            "XDG_CONFIG_HOME": str(place),
            "MODELREG_SERVER": target,
        },
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=500,
    )
    printed = [(place / f"{number}.out").read_text("utf-8") for number in range(len(shown))]
    return list(zip(shown, map(int, ran.stdout.split()), printed, strict=True))


@pytest.mark.skipif(
    not (Path(sys.prefix) / "bin" / "modelreg").exists(), reason="not in an environment of `make`"
)
def test_who_follows_the_readme_governs_a_model(place: Path) -> None:
    server = RegistryProcess(place / "registry-data").start()
    try:
        ran = run(lines(), place, server.target)
        for line, code, printed in ran:
            said = ENDS.search(line)
            assert code == int(said[1] if said else 0), f"{line}\n{printed}"
        (approved,) = (printed for line, _, printed in ran if "approve ID" in line)
        assert approved.startswith("applied: fraud/2 staging → production")
        assert "good at every age" in (place / "fraud.html").read_text("utf-8")
        token = (place / "ann.token").read_text("utf-8").strip()
        with Client(server.target, token=token, cache=False) as client:
            assert client.resolve("fraud@production").ref == "fraud/1"
            assert client.resolve("fraud@archived").ref == "fraud/2"
    finally:
        server.stop()


@pytest.mark.skipif(
    not (Path(sys.prefix) / "bin" / "modelreg").exists(), reason="not in an environment of `make`"
)
def test_who_follows_the_readme_divides_users(place: Path) -> None:
    (section,) = ROUTES.findall(README)
    (block,) = SHELL.findall(section)
    (python,) = PYTHON.findall(section)
    # A terminal would be asked.
    shown = [
        f"{line.partition('#')[0]} --yes" if "units move" in line else line
        for line in block.splitlines()
    ]
    server = RegistryProcess(place / "registry-data").start()
    try:
        with Client(server.target, cache=False) as registry:
            for alias in ("champion", "challenger"):
                registry.push("fraud", place / "model_dir", alias=alias, source=None)
            for line, code, printed in run(shown, place, server.target):
                assert code == 0, f"{line}\n{printed}"
                if "--yes" in line:
                    assert "40 % of units moved" in printed
            weights = {arm.id: arm.weight for arm in registry.get_route("fraud", "checkout").arms}
            assert weights == {"champion": 9_000, "challenger": 1_000}
            known: dict[str, Any] = {"registry": registry}
            exec(python, known)  # noqa: S102 - our own page
            asked = registry.resolve_unit("fraud@checkout", "user-17").decision
            assert asked is not None
            assert known["decision"].arm == asked.arm
    finally:
        server.stop()


def test_who_follows_the_readme_of_the_sdk_sees_what_it_says(
    own_registry: RegistryProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = own_registry.token("ann", "admin"), own_registry.token("ben", "approver")
    own_registry.start()
    (tmp_path / "model.joblib").write_bytes(b"weights")
    (section,) = RULES.findall(SDK_README)
    with (
        Client(own_registry.target, token=tokens[0], cache=False) as registry,
        Client(own_registry.target, token=tokens[1], cache=False) as colleague,
    ):
        for _ in range(7):
            registry.push("fraud", tmp_path / "model.joblib", progress=Quiet())
        registry.set_stage("fraud/6", "staging")
        registry.set_stage("fraud/6", "production")
        known = {"registry": registry, "colleague": colleague}
        for block in PYTHON.findall(section):
            exec(block, known)  # noqa: S102 - our own page
        assert registry.resolve("fraud@production").ref == "fraud/6"
        assert registry.resolve("fraud@archived").ref == "fraud/7"
    assert capsys.readouterr().out.splitlines() == PROMISED.findall(section)
