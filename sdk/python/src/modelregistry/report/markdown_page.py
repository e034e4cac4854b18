"""Reports in GitHub Flavored Markdown, with all text from users escaped."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from modelregistry._visible import visible
from modelregistry.report.card import card
from modelregistry.report.page import Bars, Block, Chart, Facts, Prose, Section, Table
from modelregistry.types import Report

_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~$])")
"""Characters with a meaning in Markdown; `<`, `>` and `&` are escaped as in HTML.

Text that would become a link is escaped too: the colon of a scheme, the dot of `www.`, the `@` of
an address.
"""
_LINE_START: Final = re.compile(r"^([-+#=]|\d+(?=[.)]))")
"""Characters with a meaning at the beginning of a line."""
_LINK: Final = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)|(@)(?=[\w.-]*\.)")


def markdown(report: Report) -> str:
    """Return a report as Markdown; charts are left out, their numbers are in the tables."""
    page = card(report)
    lines = [f"# {_text(page.title)}", "", _text(page.subtitle), ""]
    for section in page.sections:
        lines += _section(section)
    return "\n".join(lines)


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {_text(section.title)}", "")
    if not section.blocks:
        yield from ("Nothing is recorded.", "")
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Prose(text):
            yield from (f"> {_line(line)}".rstrip() for line in text.strip().split("\n"))
            yield ""
        case Facts(rows):
            yield from (f"- **{_text(name)}**: {_text(said)}" for name, said in rows)
            yield ""
        case Table():
            yield from _table(block)
        case Chart() | Bars():
            pass


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield from (f"**{_text(table.caption)}**", "")
    rules = ["--:" if index in table.numbers else "---" for index in range(len(table.columns))]
    yield _row(list(map(_text, table.columns)))
    yield _row(rules)
    for row in table.rows:
        yield _row(list(map(_text, row)))
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _line(text: str) -> str:
    """Return a line of text that Markdown shows literally, at the beginning of a line."""
    return _LINE_START.sub(_escape_line_start, _text(text.strip()))


def _escape_line_start(found: re.Match[str]) -> str:
    mark = found.group()
    return f"{mark}&#8203;" if mark.isdigit() else f"\\{mark}"


def _text(text: str) -> str:
    """Return text that Markdown shows literally, on one line."""
    shown = " ".join(visible(text).split("\n"))
    shown = _SPECIAL.sub(r"\\\1", shown)
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINK.sub(_unlinked, shown)


def _unlinked(found: re.Match[str]) -> str:
    scheme, colon, www, dot, at = found.groups()
    if at:
        return "&#64;"
    return f"{scheme}&#58;" if colon else f"{www}&#46;" if dot else ""
