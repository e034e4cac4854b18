"""The lifecycle of blobs against a model of it, under random operations in random order."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry_grpc.domain.blob import Claim
from registry_grpc.domain.errors import BlobBeingDeleted
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Database, Transaction
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_blob,
    a_digest,
    a_model,
    add_version,
    at,
    deleted,
    some_files,
)
from tests.support.faults.amount import examples

_TEXTS = ("a", "b", "c")
_LIMIT = 9


@dataclass(slots=True)
class _Row:
    lease: int
    condemned: int | None = None
    deleting: bool = False


@dataclass(slots=True)
class _Life:
    """The expected state. Times are minutes; `versions` are the live ones."""

    transaction: Transaction
    model: Model
    now: int = 0
    number: int = 0
    rows: dict[str, _Row] = field(default_factory=dict)
    versions: list[tuple[Version, str]] = field(default_factory=list)

    def needed(self, text: str) -> bool:
        return self.rows[text].lease > self.now or any(text == named for _, named in self.versions)

    def lease(self, text: str, until: int) -> None:
        row = self.rows[text]
        row.lease, row.condemned = max(row.lease, until), None


_Step = Callable[[_Life, str, int], None]


def _put(life: _Life, text: str, minutes: int) -> None:
    until = life.now + minutes
    row = life.rows.get(text)
    if row is not None and row.deleting:
        with pytest.raises(BlobBeingDeleted):
            life.transaction.blobs.put(a_blob(text, lease_until=at(until)))
        return
    life.transaction.blobs.put(a_blob(text, lease_until=at(until)))
    life.rows.setdefault(text, _Row(until))
    life.lease(text, until)


def _claim(life: _Life, text: str, minutes: int) -> None:
    until = life.now + minutes
    claim = life.transaction.blobs.claim("default", a_digest(text), at(until))
    row = life.rows.get(text)
    if row is None or row.deleting:
        assert claim is (Claim.ABSENT if row is None else Claim.DELETING)
        return
    assert claim is Claim.HELD
    life.lease(text, until)


def _extend(life: _Life, text: str, minutes: int) -> None:
    until = life.now + minutes
    texts = sorted({text, "a"})
    life.transaction.blobs.extend("default", [a_digest(one) for one in texts], at(until))
    for one in texts:
        if one in life.rows and not life.rows[one].deleting:
            life.lease(one, until)


def _register(life: _Life, text: str, _: int) -> None:
    if life.transaction.blobs.get("default", [a_digest(text)]):
        life.number += 1
        fields = VersionFields(files=some_files(text))
        version = add_version(life.transaction, life.model, life.number, fields)
        life.versions.append((version, text))


def _delete(life: _Life, _: str, minutes: int) -> None:
    if life.versions:
        version, _text = life.versions.pop(minutes % len(life.versions))
        life.transaction.versions.update(deleted(version, at(life.now), 1))


def _wait(life: _Life, _: str, minutes: int) -> None:
    life.now += minutes


def _condemn(life: _Life, _: str, minutes: int) -> None:
    del minutes
    expected = {
        text
        for text, row in life.rows.items()
        if row.condemned is None and not row.deleting and not life.needed(text)
    }
    condemned = life.transaction.blobs.condemn(at(life.now), _LIMIT)
    assert {blob.digest for blob in condemned} == {a_digest(text) for text in expected}
    for text in expected:
        life.rows[text].condemned = life.now


def _doom(life: _Life, _: str, minutes: int) -> None:
    before = life.now - minutes % 2
    for text, row in life.rows.items():
        if row.condemned is not None and not row.deleting and row.condemned < before:
            row.deleting = not life.needed(text)
            row.condemned = row.condemned if row.deleting else None
    deleting = life.transaction.blobs.mark_deleting(at(before), at(life.now), _LIMIT)
    expected = {a_digest(text) for text, row in life.rows.items() if row.deleting}
    assert {blob.digest for blob in deleting} == expected


def _remove(life: _Life, text: str, _: int) -> None:
    life.transaction.blobs.remove("default", a_digest(text))
    if text in life.rows and life.rows[text].deleting:
        del life.rows[text]


_STEPS: tuple[_Step, ...] = (
    _put,
    _claim,
    _extend,
    _register,
    _delete,
    _wait,
    _condemn,
    _doom,
    _remove,
)


class _EndError(Exception):
    """Undoes an example."""


def _check(life: _Life) -> None:
    found = life.transaction.blobs.get("default", [a_digest(text) for text in _TEXTS])
    seen = {digest: (blob.lease_until, blob.condemned_time) for digest, blob in found.items()}
    assert seen == {
        a_digest(text): (at(row.lease), None if row.condemned is None else at(row.condemned))
        for text, row in life.rows.items()
        if not row.deleting
    }
    assert {a_digest(text) for _, text in life.versions} <= set(found)


@settings(
    deadline=None,
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(_STEPS), st.sampled_from(_TEXTS), st.integers(0, 3)),
        min_size=10,
        max_size=60,
    )
)
def test_blobs_live_as_the_model_of_their_life_says(
    database: Database, steps: list[tuple[_Step, str, int]]
) -> None:
    with suppress(_EndError), database.change(lambda: START) as transaction:
        model = a_model()
        transaction.models.add(model)
        life = _Life(transaction, model)
        for step, text, minutes in steps:
            step(life, text, minutes)
            _check(life)
        raise _EndError
