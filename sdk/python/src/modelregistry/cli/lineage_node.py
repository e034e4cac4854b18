"""Texts for nodes and roles of the lineage."""

from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.names import short_ref
from modelregistry.types import (
    ApproverNode,
    CodeNode,
    DatasetNode,
    LineageRole,
    RunNode,
    VersionNode,
    VersionState,
)
from modelregistry.types.lineage import LineageNode

_SHORT_COMMIT = 12
_UNSTAGED = frozenset({"", "none"})
_ALARMING = frozenset({"deleted", "unpinned"})


def title(node: LineageNode) -> str:
    """Return the short name of a node."""
    match node:
        case VersionNode():
            return short_ref(node.name)
        case DatasetNode():
            return node.uri
        case RunNode():
            return f"run {node.run_id}"
        case CodeNode():
            commit = node.commit[:_SHORT_COMMIT]
            return f"{node.repository}@{commit}" if node.repository else f"commit {commit}"
        case ApproverNode():
            return node.principal
        case _:
            return node.name


def remarks(node: LineageNode) -> str:
    """Return the state, digest or job of a node in a few words; '' for none."""
    match node:
        case VersionNode():
            deleted = "deleted" if node.state == VersionState.DELETED else ""
            return deleted or ("" if node.stage in _UNSTAGED else node.stage)
        case DatasetNode():
            return formats.short_digest(node.digest) if node.digest else "unpinned"
        case RunNode():
            return " ".join(word for word in (node.job_name, node.state.lower()) if word)
        case _:
            return ""


def tag(node: LineageNode) -> Text:
    """Return a node in its colours."""
    said, remark = tables.name(title(node)), formats.clean(remarks(node))
    if not remark:
        return said
    if remark in _ALARMING:
        return Text.assemble(said, (f"  {remark}", "yellow"))
    staged = isinstance(node, VersionNode)
    return Text.assemble(said, "  ", tables.stage_tag(remark) if staged else remark)


def role_words(role: LineageRole | int) -> str:
    """Return a role in words, such as `trained on`."""
    return role.name.lower().replace("_", " ") if isinstance(role, LineageRole) else str(role)
