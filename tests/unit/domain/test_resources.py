"""Every resource has its row: of its own kind, name and actions, and documented."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from registry_grpc.domain.names import NamespaceName, SignalName, UploadName
from registry_grpc.domain.principal import TokenAction
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.resources import RESOURCES, TYPE_OF, kind_of
from tests.support.names import KINDS

_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "resources.md"
_ACTIONS: list[type[StrEnum]] = [*(row.actions for row in RESOURCES), TokenAction]


def test_no_two_rows_have_anything_in_common() -> None:
    for column in zip(*((r.kind, r.resource, r.name, r.actions) for r in RESOURCES), strict=True):
        assert len(set(column)) == len(RESOURCES)


def test_every_name_but_those_of_uploads_and_signals_is_of_a_resource() -> None:
    of_resources = {row.name for row in RESOURCES}
    assert set(KINDS) == of_resources | {UploadName, SignalName}, "add a row to domain/resources.py"


def test_actions_are_noun_and_verb_and_no_two_kinds_share_a_noun() -> None:
    nouns = []
    for actions in _ACTIONS:
        for action in actions:
            assert re.fullmatch(r"[a-z_]+\.[a-z_]+", action), action
        (noun,) = {action.partition(".")[0] for action in actions}
        nouns.append(noun)
    assert len(set(nouns)) == len(nouns)


def test_what_has_no_row_is_no_resource() -> None:
    class Note:
        name = NamespaceName("risk")

    stranger: Resource = Note()
    with pytest.raises(TypeError, match=r"Note has no row in domain/resources\.py"):
        kind_of(stranger)
    assert list(TYPE_OF) == [row.kind for row in RESOURCES]


def test_the_reference_lists_every_resource_with_its_name_and_actions() -> None:
    rows = re.findall(r"^\| (\w+) \| `(.+)` \| (.+) \|$", _PAGE.read_text("utf-8"), re.MULTILINE)
    documented = {kind: (name, re.findall(r"`(.+?)`", actions)) for kind, name, actions in rows}
    assert documented.pop("token") == ("namespaces/-/tokens/{token}", list(TokenAction))
    assert documented == {row.kind: (row.name.PATTERN.text, list(row.actions)) for row in RESOURCES}
