"""Lineage as a tree for the terminal, or as a Mermaid flowchart."""

from collections.abc import Iterator, Sequence

from rich.text import Text
from rich.tree import Tree

from modelregistry.cli import formats, lineage_node, tables
from modelregistry.types import (
    ApproverNode,
    CodeNode,
    DatasetNode,
    Lineage,
    LineageStep,
    RunNode,
)
from modelregistry.types.lineage import LineageNode

_SHAPES = {
    DatasetNode: ("[(", ")]"),
    RunNode: ("([", "])"),
    CodeNode: ("{{", "}}"),
    ApproverNode: (">", "]"),
}


def tree(lineage: Lineage) -> Tree:
    """Return the walk as a tree; a repeated node is named but not expanded again."""
    drawn = Tree(lineage_node.tag(lineage.start), guide_style="dim")
    walked_on = frozenset(_origin(step) for step in lineage.steps)
    branches = {lineage.start.name: drawn}
    for step in lineage.steps:  # in order of depth: the parent branch exists
        branch = branches[_origin(step)]
        grown = branch.add(_label(step, again=step.repeated and step.node.name in walked_on))
        if not step.repeated:
            branches[step.node.name] = grown
    return drawn


def _origin(step: LineageStep) -> str:
    """Return the name of the node from which a step leads."""
    one, other = str(step.edge.source), str(step.edge.target)
    return one if step.node.name == other else other


def _label(step: LineageStep, *, again: bool) -> Text:
    """Return `trained on DATA`, or downstream `fraud/7 trained on it`."""
    role, node = lineage_node.role_words(step.edge.role), lineage_node.tag(step.node)
    if step.node.name == step.edge.target:
        said = Text.assemble((f"{role} ", "dim"), node)
    else:
        said = Text.assemble(node, (f"  {role} it", "dim"))
    return said.append_text(tables.dim("  (above)")) if again else said


def mermaid(lineage: Lineage) -> str:
    """Return the walk as a Mermaid flowchart, each node once."""
    names = {name: f"n{number}" for number, name in enumerate(lineage.nodes)}
    return "\n".join(("flowchart LR", *_boxes(lineage, names), *_arrows(lineage.steps, names)))


def _boxes(lineage: Lineage, names: dict[str, str]) -> Iterator[str]:
    for name, node in lineage.nodes.items():
        opened, closed = _SHAPES.get(type(node), ("[", "]"))
        yield f'    {names[name]}{opened}"{_quoted(node)}"{closed}'


def _arrows(steps: Sequence[LineageStep], names: dict[str, str]) -> Iterator[str]:
    for step in steps:
        source, target = names[str(step.edge.source)], names[str(step.edge.target)]
        yield f"    {source} -- {lineage_node.role_words(step.edge.role)} --> {target}"


def _quoted(node: LineageNode) -> str:
    remark = lineage_node.remarks(node)
    text = f"{lineage_node.title(node)} {remark}".strip()
    # Mermaid reads entities in quoted text, by number or name, written with # for &.
    escaped = "".join(_ENTITIES.get(character, character) for character in text)
    return formats.clean(escaped.replace("\n", " "))


_ENTITIES = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}
