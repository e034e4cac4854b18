"""Lineage drawn: as a tree for people, as a flowchart for documents."""

import io
import json
from pathlib import Path

import pytest
import typer
from rich.console import Console

from modelregistry import (
    ApproverNode,
    CodeNode,
    DatasetNode,
    Lineage,
    LineageEdge,
    LineageRole,
    LineageStep,
    RunNode,
    VersionNode,
    VersionState,
)
from modelregistry.cli import documents, lineage_drawing, lineage_node
from modelregistry.cli.lineage import _events
from modelregistry.cli.parsing import data_place
from modelregistry.types.lineage import LineageNode, UnknownNode

FRAUD = "namespaces/default/models/fraud/versions"
SPACE = "namespaces/default/lineage"


def version(number: int, stage: str = "none") -> VersionNode:
    return VersionNode(name=f"{FRAUD}/{number}", stage=stage)


def step(
    depth: int, source: LineageNode, role: LineageRole, target: LineageNode, *, down: bool = False
) -> LineageStep:
    edge = LineageEdge(source=source.name, role=role, target=target.name)
    return LineageStep(depth=depth, edge=edge, node=source if down else target)


ONE, TWO, THREE = version(1), version(2), version(3, "production")
CLAIMS = DatasetNode(uri="gs://claims/q3", digest=f"sha256:{'ab' * 32}", name=f"{SPACE}/datasets/1")
LOOSE = DatasetNode(uri='a "b" <c>', name=f"{SPACE}/datasets/2")
DERIVED, TRAINED = LineageRole.DERIVED_FROM, LineageRole.TRAINED_ON
UP = Lineage(
    start=THREE,
    steps=(
        step(1, THREE, DERIVED, ONE),
        step(1, THREE, DERIVED, TWO),
        step(2, ONE, TRAINED, CLAIMS),
        LineageStep(
            depth=2,
            edge=LineageEdge(source=TWO.name, role=DERIVED, target=ONE.name),
            node=ONE,
            repeated=True,
        ),
        step(2, TWO, TRAINED, LOOSE),
    ),
)


def drawn(lineage: Lineage) -> list[str]:
    screen = io.StringIO()
    Console(file=screen, width=200).print(lineage_drawing.tree(lineage))
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def test_a_tree_shows_each_branch_once() -> None:
    assert drawn(UP) == [
        "fraud/3  production",
        "├── derived from fraud/1",
        "│   └── trained on gs://claims/q3  sha256:abababababab",
        "└── derived from fraud/2",
        "    ├── derived from fraud/1  (above)",
        '    └── trained on a "b" <c>  unpinned',
    ]


def test_downwards_the_sentence_turns_round() -> None:
    down = Lineage(start=CLAIMS, steps=(step(1, ONE, TRAINED, CLAIMS, down=True),))
    assert drawn(down) == [
        "gs://claims/q3  sha256:abababababab",
        "└── fraud/1  trained on it",
    ]


def test_a_member_stands_before_the_whole() -> None:
    edge = LineageEdge(source=ONE.name, role=LineageRole.MEMBER_OF, target=TWO.name)
    up = Lineage(start=TWO, steps=(LineageStep(depth=1, edge=edge, node=ONE),))
    assert drawn(up) == ["fraud/2", "└── fraud/1  member of it"]


def test_a_cycle_is_drawn_once_round() -> None:
    there = step(1, ONE, DERIVED, TWO)
    edge = LineageEdge(source=TWO.name, role=DERIVED, target=ONE.name)
    back = LineageStep(depth=2, edge=edge, node=ONE, repeated=True)
    assert drawn(Lineage(start=ONE, steps=(there, back))) == [
        *("fraud/1", "└── derived from fraud/2", "    └── derived from fraud/1  (above)"),
    ]


def test_a_flowchart_has_each_node_once_and_quotes_what_would_end_it() -> None:
    assert lineage_drawing.mermaid(UP).splitlines() == [
        "flowchart LR",
        '    n0["fraud/3 production"]',
        '    n1["fraud/1"]',
        '    n2["fraud/2"]',
        '    n3[("gs://claims/q3 sha256:abababababab")]',
        '    n4[("a #quot;b#quot; #lt;c#gt; unpinned")]',
        "    n0 -- derived from --> n1",
        "    n0 -- derived from --> n2",
        "    n1 -- trained on --> n3",
        "    n2 -- derived from --> n1",
        "    n2 -- trained on --> n4",
    ]


@pytest.mark.parametrize(
    "node,said",
    [
        (version(7, "staging"), "fraud/7  staging"),
        (VersionNode(name=f"{FRAUD}/7", state=VersionState.DELETED), "fraud/7  deleted"),
        (RunNode(run_id="r7", job_name="train", state="FAIL"), "run r7  train fail"),
        (RunNode(run_id="r7"), "run r7"),
        (CodeNode(repository="https://git", commit="0123456789abcdef"), "https://git@0123456789ab"),
        (CodeNode(commit="v1"), "commit v1"),
        (ApproverNode(principal="bob"), "bob"),
        (UnknownNode(name="x/y"), "x/y"),
        (DatasetNode(uri="\x1b[2J"), "\\x1b[2J  unpinned"),
    ],
)
def test_nodes_are_called_by_what_they_are(node: LineageNode, said: str) -> None:
    assert lineage_node.tag(node).plain == said


@pytest.mark.parametrize(
    "text,place",
    [
        ("gs://claims/q3", ("gs://claims/q3", "")),
        ("sha256:0123456789abcdef", ("", "sha256:0123456789abcdef")),
        ("version:3", ("", "version:3")),
        ("gs://claims@sha256:0123456789abcdef", ("gs://claims", "sha256:0123456789abcdef")),
        ("claims.csv", ("claims.csv", "")),
        ("postgres://u@host:5432/db", ("postgres://u@host:5432/db", "")),
    ],
)
def test_data_is_meant_by_place_content_or_both(text: str, place: tuple[str, str]) -> None:
    assert data_place(text) == place


@pytest.mark.parametrize(
    "text,count",
    [('{"a": 1}', 1), ('[{"a": 1}, {"a": 2}]', 2), ('{"a": 1}\n\n{"a": 2}\n', 2), ("[]", 0)],
)
def test_events_stand_in_a_file_alone_in_an_array_or_in_lines(
    tmp_path: Path, text: str, count: int
) -> None:
    file = tmp_path / "events.json"
    file.write_text(text)
    events = list(_events(str(file)))
    assert events == [{"a": number} for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "text,problem", [("[1]", r"\[0\] is not an object"), ('{"a": 1}\n{', "line 2 is not JSON")]
)
def test_a_file_that_holds_something_else_is_wrong_usage(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "events.json"
    file.write_text(text)
    with pytest.raises(typer.BadParameter, match=problem):
        list(_events(str(file)))


def test_a_document_says_all_of_a_walk() -> None:

    made = json.loads(documents.encode(UP))
    assert set(made) == {"start", "steps", "truncated", "revision", "history_id"}
    assert made["steps"][2]["edge"]["role"] == "trained_on"
    assert made["steps"][2]["node"]["uri"] == "gs://claims/q3"
