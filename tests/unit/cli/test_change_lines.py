"""One line for each change, for people."""

from datetime import UTC, datetime
from typing import Any

import pytest

from modelregistry.cli.change_lines import line
from modelregistry.types import (
    Alias,
    ChangeEvent,
    LineageEdge,
    LineageRecord,
    LineageRole,
    Model,
    Namespace,
    Transition,
    TransitionKind,
    TransitionMove,
    TransitionState,
    Version,
)

FRAUD = "namespaces/default/models/fraud"
CHAMPION = f"{FRAUD}/aliases/champion"


def shown(**facts: Any) -> str:  # noqa: ANN401 - fields of ChangeEvent
    given: dict[str, Any] = {"revision": 42, "index": 0, "action": "a.b"}
    return line(ChangeEvent(**(given | facts))).plain


def alias(number: int) -> Alias:
    return Alias(name=CHAMPION, version=f"{FRAUD}/versions/{number}")


def version(stage: str) -> Version:
    return Version(name=f"{FRAUD}/versions/7", stage=stage)


def test_a_line_says_when_what_by_whom_and_why() -> None:
    text = shown(
        name=CHAMPION,
        action="alias.set",
        time=datetime(2026, 5, 3, 12, 0, 1, 500_000, tzinfo=UTC),
        actor="ann",
        reason="roll back\nit was wrong",
        before=alias(8),
        after=alias(7),
    )
    assert text == (
        "2026-05-03T12:00:01Z  42  alias.set  fraud@champion  fraud/8 → fraud/7  by ann"
        "  (roll back …)"
    )


@pytest.mark.parametrize(
    "before,after,said",
    [
        (None, alias(7), "  → fraud/7"),
        (alias(7), None, "  fraud/7 → -"),
        (alias(7), alias(7), ""),
        (version("none"), version("staging"), "  - → staging"),
        (version("staging"), version("production"), "  staging → production"),
        (None, version("none"), ""),
        (None, version("production"), "  → production"),
        (version("production"), version("production"), ""),
        (None, Model(name=FRAUD), ""),
    ],
)
def test_a_line_says_what_moved_and_nothing_where_nothing_did(
    before: Any,  # noqa: ANN401 - any resource
    after: Any,  # noqa: ANN401 - any resource
    said: str,
) -> None:
    assert shown(name=CHAMPION, before=before, after=after) == f"42  a.b  fraud@champion{said}"


@pytest.mark.parametrize(
    "name,called",
    [
        ("namespaces/risk", "risk"),
        ("namespaces/risk/models/fraud", "risk/fraud"),
        (f"{FRAUD}/versions/7", "fraud/7"),
        ("tokens/of-the-future", "tokens/of-the-future"),
    ],
)
def test_resources_are_called_by_their_short_names(name: str, called: str) -> None:
    assert shown(name=name, after=Namespace(name=name)) == f"42  a.b  {called}"


def test_a_transition_tells_its_moves_and_a_reason_what_people_call_things() -> None:
    name = "namespaces/default/transitions/0189-7"
    move = TransitionMove(version=f"{FRAUD}/versions/7", from_stage="none", to_stage="staging")
    after = Transition(
        name=name,
        kind=TransitionKind.PROMOTION,
        state=TransitionState.APPLIED,
        moves=(move, move, move, move, move),
        requester="ann",
    )
    text = shown(name=name, after=after, reason=f"by {name}")
    moves = "; ".join(["fraud/7 none → staging"] * 3 + ["2 more"])
    assert text == f"42  a.b  0189-7  {moves}  (by 0189-7)"


def test_what_others_wrote_cannot_steer_the_terminal() -> None:
    text = shown(name=FRAUD, action="\x1b[2J", actor="\x1b]0;x", reason="\x1b[31m")
    assert "\x1b" not in text


def test_what_was_recorded_of_lineage_is_counted() -> None:
    name = "namespaces/default/lineage/records/01890000-0000-7000-8000-000000000000"
    edge = LineageEdge(source="a", role=LineageRole.TRAINED_ON, target="b")
    text = shown(name=name, after=LineageRecord(name=name, edges=(edge, edge)))
    assert text.endswith("  records/01890000-0000-7000-8000-000000000000  → 2 edges")
