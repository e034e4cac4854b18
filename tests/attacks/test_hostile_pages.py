"""Markup, links and terminal sequences in every text of callers, in every output that shows it."""

import json
import os
import pty
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from modelregistry import Client, SliceMetric
from modelregistry.cli.app import run
from modelregistry.types import (
    ApprovalRequirement,
    DatasetInput,
    MetricBound,
    Policy,
    RegistrationSchema,
    Rule,
    Source,
)
from registry_grpc.domain.characters import has_control_characters
from tests.support.python import CLIENT, Python
from tests.support.server import RegistryProcess

Run = Callable[..., str]
MARKUP: Final = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"' onmouseover='alert(3)' "
    "</td></table></style><svg onload=alert(4)> &lt;b&gt; [click](javascript:alert(5)) "
    "![x](https://evil.example/x.png) <https://evil.example> https://evil.example www.evil.example "
    "me@evil.example `code` **bold** | cell | $$x$$ [red]rich[/red] \\"
)
STEERING: Final = (
    "x\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007\u202eevil\u009b31m\rFORGED"
)
HOSTILE: Final = f"{MARKUP}{STEERING}"
SHORT: Final = f"<b onclick=alert(7)>'\"[x](javascript:y){STEERING}"
"""For what has at most 256 bytes."""
URI: Final = "javascript:alert(document.domain)//?a=<script>alert(6)</script>&b=[x](javascript:y)"
ELEMENTS: Final = re.compile(
    "html|head|meta|title|style|body|h[12]|p|section|d[ltd]|div|table|caption|thead|tbody|t[rhd]|"
    "blockquote|figure|figcaption|svg|g|line|circle|text|rect|path"
)
ATTRIBUTES: Final = re.compile(
    "lang|charset|name|content|http-equiv|class|viewBox|role|aria-label|[xy][12]?|c[xy]|r|d|width|"
    "height|text-anchor"
)
COMMANDS: Final = (
    ("policy", "show", "quality"),
    ("policy", "list"),
    ("policy", "history", "quality"),
    ("transitions", "list"),
    ("versions", "show", "fraud/1"),
    ("versions", "using", URI),
    ("lineage", "fraud/1"),
    ("evaluations", "fraud/1"),
    ("attestations", "fraud/1"),
    ("namespaces", "list"),
    ("schema", "show"),
    ("audit", "-v"),
)
ON_A_TERMINAL: Final = (COMMANDS[0], COMMANDS[4], COMMANDS[5], COMMANDS[6])
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryProcess]:
    """A registry whose every text is hostile."""
    made = RegistryProcess(tmp_path_factory.mktemp("hostile") / "registry").start()
    try:
        with Client(made.target, cache=False) as client:
            _fill(client, tmp_path_factory.mktemp("model"))
        yield made
    finally:
        made.stop()


def _fill(client: Client, folder: Path) -> None:
    (folder / "<b>model.bin").write_bytes(b"weights")
    client.update_namespace("default", description=HOSTILE)
    client.create_model("fraud", labels={"team": SHORT}, owner=SHORT, description=HOSTILE)
    client.push(
        "fraud",
        folder,
        description=HOSTILE,
        labels={"note": SHORT},
        tags={"tag": SHORT},
        params={"p": SHORT},
        metrics={"auc": 0.9},
        slices=[SliceMetric(dimension="age", value=SHORT, metric="auc", result=0.9, count=9)],
        inputs=[DatasetInput(uri=URI, digest="sha256:ab")],
        source=Source(repository=URI, commit="0" * 40, run_id="run"),
        alias="champion",
    )
    schema = json.dumps({"type": "object", "title": HOSTILE})
    client.set_registration_schema(RegistrationSchema(json_schema=schema), reason=HOSTILE)
    client.submit_evaluation(
        "fraud/1", metrics={"auc": 0.9}, dataset_uri=URI, evaluator=SHORT, description=HOSTILE
    )
    client.record_attestation(
        "fraud/1", predicate_type=URI, payload_digest=f"sha256:{0:064}", signer=SHORT
    )
    client.put_policy(
        Policy(
            name="quality",
            to_stage="staging",
            models="fraud",
            description=HOSTILE,
            rules=(Rule(id="auc", check=MetricBound(metric="auc", minimum=0.1)),),
            approvals=(
                ApprovalRequirement(
                    id="lead", meaning=SHORT, allow_requester=True, allow_author=True
                ),
            ),
        )
    )
    asked = client.promote("fraud/1", "staging", reason=HOSTILE)
    client.approve(asked, comment=HOSTILE)
    client.deprecate_version("fraud/1", reason=HOSTILE)


@pytest.fixture
def modelreg(server: RegistryProcess, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `modelreg` with its output in a pipe; returns what it prints."""

    def ran(*arguments: str) -> str:
        code = run([*arguments, "--server", server.target])
        said = capfd.readouterr()
        assert code == 0, said.err
        return "".join(said)

    return ran


def test_a_page_of_html_has_no_element_and_no_attribute_of_a_caller(modelreg: Run) -> None:
    page = modelreg("report", "fraud/1", "--format", "html")
    root = ET.fromstring(page.partition("\n")[2])  # noqa: S314 - made by this process
    for element in root.iter():
        assert ELEMENTS.fullmatch(element.tag.rpartition("}")[2]), element.tag
        assert all(map(ATTRIBUTES.fullmatch, element.attrib)), element.attrib
        assert not any("javascript:" in value for value in element.attrib.values())
    assert "<script>alert(1)</script>" in " ".join(root.itertext())  # shown, as text


def test_a_page_of_markdown_has_no_markup_and_no_link_of_a_caller(modelreg: Run) -> None:
    page = modelreg("report", "fraud/1", "--format", "md")
    assert "<" not in page
    assert not re.search(r"(?<!\\)\]\(", page)
    assert not re.search(r"(?<!\\)!\[", page)
    assert not re.search(r"https?:|(?<!\\)\bwww\.|\w@\w+\.", page)
    assert "alert(1)" in page  # shown, as text
    assert not any(map(has_control_characters, page.split("\n")))


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_in_a_pipe_shows_texts_as_they_are(
    modelreg: Run, arguments: tuple[str, ...]
) -> None:
    shown = modelreg(*arguments)
    assert shown
    for line in shown.split("\n"):
        assert not has_control_characters(line), ascii(line)
        assert not line.strip().startswith("FORGED"), ascii(line)


@pytest.mark.parametrize("arguments", ON_A_TERMINAL, ids=" ".join)
def test_a_command_on_a_terminal_colours_it_and_nothing_else(
    server: RegistryProcess, arguments: tuple[str, ...]
) -> None:
    shown = on_a_terminal([*arguments, "--server", server.target])
    assert "alert(" in shown
    for line in COLOUR.sub("", shown).replace("\r\n", "\n").split("\n"):
        assert not has_control_characters(line), ascii(line)
        assert not line.strip().startswith("FORGED"), ascii(line)


def on_a_terminal(arguments: list[str]) -> str:
    """Run `modelreg` on a terminal of its own; return what it writes there."""
    ours, theirs = pty.openpty()
    process = Python((*CLIENT, *arguments), os.environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = bytearray()
    with os.fdopen(ours, "rb", buffering=0) as reader:
        while True:
            try:
                piece = reader.read(65_536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            said += piece
    assert process.wait(60) == 0, said
    return said.decode()
