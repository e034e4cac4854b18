"""The line that `modelreg watch` prints for a change."""

from datetime import UTC
from enum import IntEnum

from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.cli.monitor_page import subject_of
from modelregistry.cli.short_names import shortened
from modelregistry.cli.transition_page import moves_text
from modelregistry.names import segment, short_ref
from modelregistry.types import (
    Alias,
    ChangeEvent,
    Deployment,
    LineageRecord,
    MonitorState,
    RegistrationSchema,
    Transition,
    Version,
)
from modelregistry.types.change import Resource

_NOTHING = "-"


def line(event: ChangeEvent) -> Text:
    """Return time, revision, action, resource, difference, actor and reason on one line."""
    parts = [
        Text(_moment(event), "dim"),
        tables.dim(str(event.revision)),
        Text(formats.clean(event.action), "bold"),
        tables.name(_name(event)),
        _difference(event),
        Text(f"by {formats.clean(event.actor)}" if event.actor else ""),
        Text(f"({formats.one_line(shortened(event.reason))})" if event.reason.strip() else ""),
    ]
    return Text("  ").join(part for part in parts if part.plain)


def _moment(event: ChangeEvent) -> str:
    return f"{event.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if event.time else ""


def _name(event: ChangeEvent) -> str:
    resource = event.after or event.before
    if isinstance(resource, Deployment):
        return f"{resource.instance} at {resource.target}"
    if isinstance(resource, MonitorState):
        subject = subject_of(resource.subject, resource.dimension, resource.value)
        return f"{resource.monitor_id}: {subject}"
    return _short_name(event.name)


def _short_name(name: str) -> str:
    if segment(name, "models"):
        return short_ref(name)
    if segment(name, "lineage"):
        return name.partition("/lineage/")[2]
    if any(segment(name, kind) for kind in ("policies", "transitions", "monitors")):
        return short_ref(name)
    return segment(name, "namespaces") or name


def _difference(event: ChangeEvent) -> Text:
    """Return the version of an alias or the stage of a version, before and after.

    For a transition, its moves.
    """
    if isinstance(event.after, Transition):
        return Text(moves_text(event.after))
    before, after = _pointed(event.before), _pointed(event.after)
    if before == after:
        return Text()
    if event.before is None:
        return Text(f"→ {after}")
    return Text(f"{before or _NOTHING} → {after or _NOTHING}")


def _pointed(resource: Resource | None) -> str:
    match resource:
        case Alias():
            return formats.clean(resource.version_ref)
        case Deployment() | MonitorState():
            phase = resource.phase
            said = phase.name.lower() if isinstance(phase, IntEnum) else str(phase)
            return formats.clean(f"{resource.version_ref} {said}")
        case Version() if resource.stage != "none":
            return formats.clean(resource.stage)
        case LineageRecord():
            return formats.count(len(resource.edges), "edge")
        case RegistrationSchema():
            return f"number {resource.number}"
        case _:
            return ""
