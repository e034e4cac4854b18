"""Differences of two states, of kinds that exist and of one that does not yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelregistry.cli.differences import Difference, between
from modelregistry.types import Alias, Version, VersionState

FRAUD = "namespaces/default/models/fraud"
VERSION = Version(name=f"{FRAUD}/versions/7", stage="none", labels={"team": "risk"})


class Colour(IntEnum):
    RED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    metric: str
    least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """As another release may have it."""

    name: str = "thing"
    etag: str = ""
    revision: int = 0
    rules: tuple[Bound, ...] = ()
    words: tuple[str, ...] = ()
    inner: Bound | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    armed: bool = False
    colour: Colour | None = None
    since: datetime | None = None


def said(before: object, after: object) -> list[tuple[str, str, str]]:
    return [(one.path, one.before, one.after) for one in between(before, after)]


def test_only_what_differs_is_told() -> None:
    moved = replace(VERSION, stage="production", labels={"team": "ads", "tier": "1"})
    assert sorted(said(VERSION, moved)) == [
        ("labels.team", "risk", "ads"),
        ("labels.tier", "-", "1"),
        ("stage", "none", "production"),
    ]
    assert between(VERSION, VERSION) == []


def test_what_came_and_what_went_differs_in_all_that_it_says() -> None:
    alias = Alias(name=f"{FRAUD}/aliases/a", version=f"{FRAUD}/versions/7", etag="e", revision=3)
    assert said(None, alias) == [
        ("name", "-", f"{FRAUD}/aliases/a"),
        ("version", "-", f"{FRAUD}/versions/7"),
    ]
    assert [path for path, _, after in said(alias, None) if after == "-"] == ["name", "version"]
    assert between(None, None) == []


def test_bookkeeping_that_every_change_moves_is_no_difference() -> None:
    later = datetime(2026, 5, 3, tzinfo=UTC)
    assert between(VERSION, replace(VERSION, etag="2", revision=9, update_time=later)) == []


def test_any_kind_is_told_field_by_field() -> None:
    before = Thing(rules=(Bound(metric="auc"),), words=("a", "b"))
    after = Thing(
        rules=(Bound(metric="auc", least=0.7), Bound(metric="f1")),
        words=("a",),
        inner=Bound(metric="n"),
        options={"z": "1", "a": "2"},
        armed=True,
        colour=Colour.RED,
        since=datetime(2026, 5, 3, tzinfo=UTC),
    )
    assert said(before, after) == [
        ("words", "a, b", "a"),
        ("armed", "no", "yes"),
        ("rules[0].least", "-", "0.7"),
        ("rules[1].metric", "-", "f1"),
        ("inner.metric", "-", "n"),
        ("options.a", "-", "2"),
        ("options.z", "-", "1"),
        ("colour", "-", "red"),
        ("since", "-", "2026-05-03T00:00:00Z"),
    ]


def test_what_others_wrote_cannot_steer_a_terminal() -> None:
    found = between(None, Thing(name="a\x1b[2J\nb", options={"k\x07": "v"}))
    assert found[0] == Difference("name", "-", "a\\x1b[2J …")
    assert Difference("options.k\\x07", "-", "v") in found


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=3)), st.sampled_from(VersionState))
def test_nothing_differs_from_itself(labels: dict[str, str], state: VersionState) -> None:
    version = replace(VERSION, labels=labels, state=state)
    assert between(version, version) == []


@pytest.mark.parametrize("value", [VERSION, Thing(options={"a": "1"}, rules=(Bound(metric="n"),))])
def test_paths_are_told_once(value: object) -> None:
    paths = [one.path for one in between(None, value)]
    assert len(paths) == len(set(paths))
