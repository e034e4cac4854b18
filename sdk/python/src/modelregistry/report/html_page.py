"""Reports as a self-contained page of HTML: no script, no other file, no connection."""

from collections.abc import Iterator, Sequence
from typing import Final

from modelregistry.report.bars import paired
from modelregistry.report.card import card
from modelregistry.report.chart import svg
from modelregistry.report.page import Bars, Block, Chart, Facts, Page, Prose, Section, Table
from modelregistry.report.wording import escaped
from modelregistry.types import Report

_STYLE: Final = """\
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --faint: #57606a;
  --line: #d0d7de; --mark: #0550ae; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117;
  --faint: #9198a1; --line: #3d444d; --mark: #79c0ff; } }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  margin: 0 auto; max-width: 60rem; padding: 2rem 1rem; }
h1, h2 { line-height: 1.2; } h2 { border-bottom: 1px solid var(--line); margin-top: 2.5rem; }
.faint, caption, dt { color: var(--faint); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: left; }
th, td { border: 1px solid var(--line); padding: 0.25rem 0.6rem; text-align: left;
  vertical-align: top; white-space: pre-wrap; min-width: 3rem; }
td.long { overflow-wrap: anywhere; min-width: 14rem; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
blockquote { border-left: 3px solid var(--line); margin: 1rem 0; padding-left: 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; } .chart { width: 100%; height: auto; }
.chart text { fill: var(--ink); font-size: 12px; } .chart .dot { fill: var(--mark); }
.chart .before { fill: var(--line); } .chart .now { fill: var(--mark); }
.chart .axis { stroke: var(--line); }
.chart .interval { stroke: var(--mark); stroke-width: 2; }
.chart .overall { stroke: var(--faint); stroke-dasharray: 4 4; }
@media print { :root { color-scheme: light; } body { max-width: none; }
  tr, figure { break-inside: avoid; } h2 { break-after: avoid; } }
"""
_MAX_UNBROKEN_WORD: Final = 24
"""Longer words, such as digests, are broken at the end of the cell."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def html(report: Report) -> str:
    """Return a report as a page of HTML, which is well-formed XML as well."""
    return written(card(report))


def written(page: Page) -> str:
    """Return a page in HTML."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            *_head(page),
            "<body>",
            f"<h1>{escaped(page.title)}</h1>",
            f'<p class="faint">{escaped(page.subtitle)}</p>',
            *(line for section in page.sections for line in _section(section)),
            "</body>",
            "</html>",
            "",
        ]
    )


def _head(page: Page) -> Sequence[str]:
    return [
        "<head>",
        '<meta charset="utf-8"/>',
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>',
        f"<title>{escaped(page.title)}</title>",
        f"<style>\n{_STYLE}</style>",
        "</head>",
    ]


def _section(section: Section) -> Iterator[str]:
    yield "<section>"
    yield f"<h2>{escaped(section.title)}</h2>"
    if not section.blocks:
        yield '<p class="faint">Nothing is recorded.</p>'
    for block in section.blocks:
        yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Prose(text):
            yield f"<blockquote>{escaped(text.strip())}</blockquote>"
        case Facts(rows):
            yield "<dl>"
            for name, said in rows:
                yield f"<dt>{escaped(name)}</dt><dd>{escaped(said)}</dd>"
            yield "</dl>"
        case Table():
            yield from _table(block)
        case Chart():
            yield f"<figure><figcaption>{escaped(block.caption)}</figcaption>"
            yield svg(block)
            yield "</figure>"
        case Bars():
            yield f"<figure><figcaption>{escaped(block.caption)}</figcaption>"
            yield paired(block)
            yield "</figure>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>'
    if table.caption:
        yield f"<caption>{escaped(table.caption)}</caption>"
    heads = "".join(f"<th>{escaped(name)}</th>" for name in table.columns)
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(_cell(table, index, text) for index, text in enumerate(row))}</tr>"
    yield "</tbody></table></div>"


def _cell(table: Table, index: int, text: str) -> str:
    kinds = ["number"] if index in table.numbers else []
    if any(len(word) > _MAX_UNBROKEN_WORD for word in text.split()):
        kinds.append("long")
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<td{kind}>{escaped(text)}</td>"
