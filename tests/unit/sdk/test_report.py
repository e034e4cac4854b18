"""Model cards in Markdown and HTML: they have all facts, and no text of a caller is active."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from modelregistry import FindingOutcome, Report, SliceMetric, VersionState, report
from tests.support.reports import NAME, SHA, at, empty_report, rich_report

TITLES = [
    "Description",
    "Identity",
    "Current use",
    "Metrics at registration",
    "Evaluations",
    "Transitions",
    "Attestations, not verified",
    "State history",
    "Stage history",
    "Alias history",
    "Data",
    "Derived from",
    "Code",
    "Parameters",
    "Signature",
    "Environment",
    "Annotations",
    "Files",
]
HOSTILE = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "]]><!--",
    "a | b\n## c\n| --- |",
    "[x](javascript:alert(1)) `code` **bold** https://evil.example www.evil.example a@b.example",
    "\x00\x1b[31m\x08\u202e\u2066",
    "\ufffe\uffff",
    "&amp;&lt;{{7*7}}${7*7}",
]
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]))
# What HTML closes without an end; `circle` and `line` are closed as SVG does.
VOID = {"meta"}


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own page


class Reader(HTMLParser):
    """Reads a page as HTML, which knows other rules than XML, and fails where an end is amiss."""

    def __init__(self) -> None:
        """Begin outside of everything."""
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        self.seen[tag] += 1
        self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an element without inside, which HTML and SVG close by themselves."""
        assert tag in VOID or "svg" in self.open, tag
        self.seen[tag] += 1

    @override
    def handle_endtag(self, tag: str) -> None:
        """Leave the element that was entered last."""
        assert self.open.pop() == tag


def tags(text: str) -> Counter[str]:
    return Counter(element.tag for element in parsed(text).iter())


def said(text: str) -> str:
    return " ".join(" ".join(parsed(text).itertext()).split())


def test_the_page_of_a_rich_version_says_everything() -> None:
    text = said(report.html(rich_report()))
    for expected in (
        *(*TITLES, NAME, SHA, "risk/fraud/7", "0.9625", "0.8 to 0.95 (0.95)"),
        *("2026-05-03 12:00:00 UTC by plain", "quality@3", "each-age", "≥ 0.92", "0.9 (n=120)"),
        *("approved eve approver quality/clinic 2026-05-07 12:00:00 UTC", "c" * 40),
        *("gs://claims/q4.parquet not pinned", "gs://claims/late", "risk/fraud/6", "12,345"),
        *("Scikit_Learn 1.7.2+local", "(any, 4)", "champion", "production", "trained on"),
        "2026-05-07 12:00:00 UTC deprecate plain plain",
    ):
        assert expected in text, expected
    assert "Nothing is recorded." not in text


def test_what_refused_is_told_before_what_passed() -> None:
    known = rich_report()
    (transition,) = known.transitions
    (move,) = transition.moves
    (warned,) = move.findings
    failed = replace(warned, rule="not-enough", outcome=FindingOutcome.FAILED)
    moves = (replace(move, findings=(warned, failed)),)
    text = said(report.html(replace(known, transitions=(replace(transition, moves=moves),))))
    assert text.index("not-enough") < text.index(warned.rule)


def test_digests_are_broken_in_a_cell_and_words_are_not() -> None:
    page = report.html(rich_report())
    cells = re.findall(r"<td( class=\"[a-z ]*\")?>([^<]*)</td>", page)
    for kind, text in cells:
        assert ("long" in kind) == any(len(word) > 24 for word in text.split()), text
    assert {"long" in kind for kind, _ in cells} == {True, False}


@pytest.mark.parametrize("write", [report.html, report.markdown])
def test_an_empty_version_is_said_to_have_nothing(write: Callable[[Report], str]) -> None:
    text = write(empty_report())
    nothing = len(TITLES) - len(["Identity", "Current use"])
    assert text.count("Nothing is recorded.") == nothing


def test_markdown_has_the_same_sections_and_cells_of_equal_number() -> None:
    lines = report.markdown(rich_report()).splitlines()
    assert [line[3:] for line in lines if line.startswith("## ")] == TITLES
    rows = [line for line in lines if line.startswith("|")]
    assert "| auc | 0.9625 |" in rows
    for block in "\n".join(lines).split("\n\n"):
        counts = {line.count("|") for line in block.splitlines() if line.startswith("|")}
        assert len(counts) <= 1, block


def test_the_page_is_alone_and_does_nothing() -> None:
    page = report.html(rich_report())
    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & set(tags(page))
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    attributes = {name for element in parsed(page).iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in {"href", "src"}}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_stays_text_on_the_page(text: str) -> None:
    assert tags(report.html(rich_report(text))) == tags(report.html(rich_report()))


@pytest.mark.parametrize("text", ["plain", *HOSTILE])
def test_html_reads_the_same_balanced_elements_as_xml(text: str) -> None:
    page = report.html(rich_report(text))
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert reader.seen == tags(page)


@settings(deadline=None)  # a shared core pauses a test for longer
@given(ANYTHING.filter(str.strip))
@example("]]>")
@example("\ufffe")
def test_no_text_changes_the_structure_of_the_page(text: str) -> None:
    assert tags(report.html(rich_report(text))) == tags(report.html(rich_report()))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_stays_text_in_markdown(text: str) -> None:
    plain, hostile = report.markdown(rich_report()), report.markdown(rich_report(text))
    lines = [line for line in hostile.splitlines() if not line.startswith(">")]
    assert len(lines) == len([line for line in plain.splitlines() if not line.startswith(">")])
    for line, other in zip(lines, [x for x in plain.splitlines() if x[:1] != ">"], strict=True):
        assert line.replace("\\|", "").count("|") == other.count("|")
    assert "<" not in hostile
    assert not re.search(r"(?<!\\)\](?=\()", hostile)
    assert "https:" not in hostile.replace("https&#58;", "").replace(f"{'https'}://git", "")
    assert "a@b" not in hostile
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile


def test_lines_of_a_description_begin_nothing() -> None:
    known = replace(
        rich_report(), version=replace(rich_report().version, description="# a\n- b\n1. c\n    d")
    )
    quoted = [line for line in report.markdown(known).splitlines() if line.startswith(">")]
    assert quoted[1:] == ["> \\# a", "> \\- b", "> 1&#8203;. c", "> d"]


def test_the_same_facts_give_the_same_bytes_and_the_time_of_the_record() -> None:
    known = rich_report()
    version = known.version
    backwards = dict(reversed(list(version.metrics.items())))
    other = replace(
        known,
        version=replace(version, metrics=backwards, slices=version.slices[::-1]),
    )
    assert report.html(known) == report.html(other)
    assert report.markdown(known) == report.markdown(other)
    assert report.cyclonedx(known) == report.cyclonedx(other)
    assert (known.time, known.revision) == (at(5), 50)
    assert "as of 2026-05-08 12:00:00 UTC, revision 50." in report.markdown(known)


def test_data_recorded_twice_is_listed_once_and_for_each_role() -> None:
    text = report.markdown(rich_report("gs://claims/q3"))
    data = text.partition("## Data")[2].partition("## ")[0]
    rows = [line.split(" | ")[:2] for line in data.splitlines() if line.startswith("|")][2:]
    assert [(role.strip("| "), where) for role, where in rows] == [
        ("tested on", "gs://claims/q4.parquet"),
        ("trained on", "gs://claims/late"),
        ("trained on", "gs://claims/q3"),
    ]


def dots(page: str) -> list[float]:
    return [float(element.attrib["cx"]) for element in parsed(page).iter("circle")]


@pytest.mark.parametrize(
    "results",
    [[0.5], [0.5, 0.5], [0.0, 0.0], [-1e308, 1e308], [1e-300, 2e-300], [3.0, -7.5, 12.0]],
)
def test_dots_lie_in_the_drawing_in_the_order_of_their_values(results: list[float]) -> None:
    parts = tuple(
        SliceMetric(dimension="d", value=f"{index:02}", metric="m", result=result)
        for index, result in enumerate(results)
    )
    bare = empty_report()
    page = report.html(replace(bare, version=replace(bare.version, slices=parts)))
    places = dots(page)
    assert all(200 <= place <= 620 for place in places)
    order = sorted(range(len(results)), key=lambda index: (results[index], index))
    assert order == sorted(range(len(results)), key=lambda index: (places[index], index))


@pytest.mark.parametrize("parts, drawn", [(60, 60), (61, 0)])
def test_more_parts_than_a_screen_holds_are_only_in_the_table(parts: int, drawn: int) -> None:
    many = tuple(
        SliceMetric(dimension="d", value=f"part {index}", metric="m", result=index / 7)
        for index in range(parts)
    )
    bare = empty_report()
    page = report.html(replace(bare, version=replace(bare.version, slices=many)))
    assert len(dots(page)) == drawn
    assert all(part.value in said(page) for part in many)


def test_a_chart_shows_the_overall_value_and_the_intervals() -> None:
    lines = [each.attrib["class"] for each in parsed(report.html(rich_report())).iter("line")]
    # Two charts: of the registration and of the evaluation.
    assert Counter(lines) == {"axis": 2, "overall": 2, "interval": 2}


def test_what_this_release_does_not_know_is_shown_as_it_is() -> None:
    known = rich_report()
    version = replace(known.version, state=77)
    transition = replace(known.transitions[0], state=99, kind=98)
    odd = replace(known, version=version, transitions=(transition,))
    text = report.markdown(odd)
    assert "- **state**: 77" in text
    assert "- **state**: 99" in text
    assert "- **kind**: 98" in text


@pytest.mark.parametrize("state", VersionState)
def test_every_state_has_its_word(state: VersionState) -> None:
    bare = empty_report()
    known = replace(bare, version=replace(bare.version, state=state))
    assert f"- **state**: {state.name.lower()}" in report.markdown(known)
