"""The page of one policy: scope, rules and required approvals."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from enum import IntEnum

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry._convert.rule import kind_of
from modelregistry.cli import facts, formats, tables
from modelregistry.types import ApprovalRequirement, LabelRequirement, Policy, Rule


def page(policy: Policy, now: datetime) -> Iterator[RenderableType]:
    """Yield the parts of the page."""
    yield Text.assemble(
        tables.name(policy.ref),
        f"  revision {policy.number}",
        "  deleted" if policy.deleted else "",
    )
    yield facts.grid(
        (
            ("from", tables.stage_tag(policy.from_stage or "any")),
            ("to", tables.stage_tag(policy.to_stage)),
            ("models", formats.clean(policy.models)),
            ("wait", str(policy.wait) if policy.wait else ""),
            ("put", formats.by_whom(policy.updater, formats.exact(policy.update_time, now))),
            ("etag", policy.etag),
            ("about", formats.one_line(policy.description)),
        )
    )
    yield from facts.section("Rules", _rules(policy))
    yield from facts.section("Approvals", _approvals(policy))


def _rules(policy: Policy) -> Table:
    made = tables.table(("RULE", "name"), ("SEVERITY", "name"), ("CHECK", "words"))
    for rule in policy.rules:
        made.add_row(tables.name(rule.id), _said(rule.severity), _check_text(rule))
    return made


def _check_text(rule: Rule) -> str:
    """Return a rule in the terms of its file: its kind, and every field that is set."""
    if rule.check is None:
        return "unknown to this release"
    parts = [
        f"{field.name}={_said(value)}"
        for field in fields(rule.check)
        if (value := getattr(rule.check, field.name)) not in ("", None, (), False)
        and not (value == 0 and field.default == 0)
    ]
    return f"{kind_of(rule.check)}: {', '.join(parts)}"


def _said(value: object) -> str:
    match value:
        case IntEnum():
            return value.name.lower()
        case bool() | timedelta():
            return "yes" if value is True else str(value)
        case float():
            return f"{value:g}"
        case tuple():
            return "[" + " ".join(map(_said, value)) + "]"
        case LabelRequirement():
            values = f"={'|'.join(value.values)}" if value.values else ""
            return formats.clean(f"{value.key}{values}")
    return formats.one_line(str(value))


def _approvals(policy: Policy) -> Table:
    made = tables.table(
        *(("APPROVAL", "name"), ("COUNT", "number"), ("ROLES", "name")),
        *(("EXCEPT", "name"), ("MEANING", "words")),
    )
    for wanted in policy.approvals:
        made.add_row(
            tables.name(wanted.id),
            str(wanted.count),
            ", ".join(map(formats.clean, wanted.roles)) or "any",
            _excluded(wanted),
            tables.words(wanted.meaning),
        )
    return made


def _excluded(wanted: ApprovalRequirement) -> str:
    """Return the principals that may not approve."""
    requester = [] if wanted.allow_requester else ["requester"]
    author = [] if wanted.allow_author else ["author"]
    return ", ".join(requester + author) or "-"
