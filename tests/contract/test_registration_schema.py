"""Registrations are checked by the schema of their namespace, on both databases."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import EtagMismatch, InvalidRequest, SchemaNotFound, SchemaViolated
from registry_grpc.domain.facts import DatasetInput, DatasetRole, Source, VersionDetail
from registry_grpc.domain.history import full_etag
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.names import ModelName, NamespaceName, RegistrationSchemaName
from registry_grpc.domain.namespace import NamespaceDraft
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.registration_schema import RegistrationSchema, SchemaDraft
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.domain.version import Version
from registry_grpc.domain.watch import EVERYTHING
from registry_grpc.domain.work import LIMIT, Work, counted
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.registration_schema import RegistrationSchemas, SchemaFailure
from registry_grpc.services.reply_memory import ReplyMemory
from tests.support.faults.amount import examples
from tests.support.history import NOTHING_SEEN
from tests.support.services import MODEL, NAMESPACE, LocalRegistry, digest_of, local_registry

T = TypeVar("T")

NAME = RegistrationSchemaName(NAMESPACE)
QUERY = Query("check", (), (str, int))
DATA = b"weights"
NEEDS_AUC = SchemaDraft(json.dumps({"required": ["metrics"], "properties": {"metrics": {
    "required": ["auc"], "properties": {"auc": {"minimum": 0.8}}}}}))  # fmt: skip
NEEDS_TEAM = SchemaDraft(required=RequiredFacts(labels=("team",), metrics=("auc",)))


class Governed:
    """A registry whose records are checked."""

    def __init__(self, registry: LocalRegistry) -> None:
        self.registry = registry
        self.mutations = Mutations(registry.database, registry.clock)
        self.schemas = RegistrationSchemas(
            registry.database, self.mutations, JsonSchemaRules(), ReplyMemory(MIB)
        )
        registry.push(DATA)

    def set(self, draft: SchemaDraft, etag: str = "") -> RegistrationSchema:
        """Set the schema and return it. etag: of a schema as it was read here."""
        with self.registry.database.read() as transaction:
            etag = full_etag(etag, transaction.head.history)
        return self._answer(lambda call: self.schemas.set(call, NAME, draft, etag, "to test"))

    def register(self, model: ModelName = MODEL, **fields: Any) -> Version:  # noqa: ANN401 - any
        """Register a version with these fields of a draft."""
        files = fields.pop("files", [FileEntry("model.bin", digest_of(DATA), len(DATA))])
        wanted = Registration(VersionDraft(files, **fields), create_model=True)
        return self._answer(lambda call: self.registry.registrations.register(call, model, wanted))

    def failures(self, draft: SchemaDraft | None, size: int = 50) -> Sequence[SchemaFailure]:
        """Return everything that a check finds, page by page."""
        found: list[SchemaFailure] = []
        token = ""
        while True:
            checked = self.schemas.check(QUERY, QUERY.page(size, token), NAME, draft, NOTHING_SEEN)
            assert checked.count <= size
            found.extend(checked.failures)
            token = checked.next_token
            if not token:
                return found

    def actions(self) -> list[str]:
        """Return what was recorded, oldest first."""
        with self.registry.database.read() as transaction:
            events = transaction.log.events(0, 1_000, EVERYTHING)
            return [event.change.action for event in events]

    @staticmethod
    def _answer(change: Callable[[Mutation[T]], Done[T]]) -> T:
        result = change(Mutation(Principal("tester", Role.ADMIN), "", "", lambda *_: b"")).result
        assert result is not None
        return result


@pytest.fixture
def governed(database_url: str, tmp_path: Path) -> Iterator[Governed]:
    with local_registry(database_url, tmp_path / "blobs") as registry:
        yield Governed(registry)


def test_without_a_schema_everything_is_let_in(governed: Governed) -> None:
    assert governed.register().name.number == 1
    with pytest.raises(SchemaNotFound):
        governed.schemas.get(NAME, 0, NOTHING_SEEN)


def test_a_record_that_fails_is_refused_with_everything_that_is_wrong(governed: Governed) -> None:
    draft = SchemaDraft(NEEDS_AUC.json_schema, required=RequiredFacts(
        files=("*.onnx", "*.bin"), labels=("team",), clean_commit=True,
        pinned_inputs=(DatasetRole.TRAINING,),
    ))  # fmt: skip
    governed.set(draft)
    detail = VersionDetail(
        source=Source(dirty=True), inputs=(DatasetInput("s3://x", "", DatasetRole.TRAINING),)
    )
    before = governed.actions()
    with pytest.raises(SchemaViolated) as refused:
        governed.register(metrics={"auc": 0.5}, detail=detail)
    assert refused.value.causes == (
        "files: no path matches '*.onnx'",
        "labels: 'team' is missing",
        "inputs[0].digest: is missing, and training data must be pinned",
        "source.commit: is missing",
        "source.dirty: the work tree had changes that the commit lacks",
        "metrics.auc: 0.5 is less than the minimum of 0.8",
    )
    assert refused.value.metadata["number"] == "1"
    assert governed.actions() == before, "nothing was stored, not even the model"


def test_a_record_that_was_refused_is_let_in_when_it_is_mended(governed: Governed) -> None:
    governed.set(NEEDS_AUC)
    with pytest.raises(SchemaViolated):
        governed.register()
    assert governed.register(metrics={"auc": 0.9}).name.number == 1


def test_parents_are_checked_by_their_full_names(governed: Governed) -> None:
    governed.register()
    full = json.dumps({"properties": {"parents": {"items": {"pattern": "^namespaces/"}}}})
    governed.set(SchemaDraft(full))
    version = governed.register(detail=VersionDetail(parents=("fraud/1",)))
    assert version.detail is not None
    assert version.detail.parents == (str(MODEL.version(1)),)


def test_every_schema_has_a_number_and_stays(governed: Governed) -> None:
    first, second = governed.set(NEEDS_AUC), governed.set(NEEDS_TEAM)
    assert (first.number, second.number) == (1, 2)
    assert governed.schemas.get(NAME, 1, NOTHING_SEEN) == first
    assert governed.schemas.get(NAME, 0, NOTHING_SEEN) == second
    with pytest.raises(SchemaNotFound, match="no number 3"):
        governed.schemas.get(NAME, 3, NOTHING_SEEN)
    query = Query("h", (), (int,))
    history = governed.schemas.history(
        query,
        Page(9, None),
        NAME,
        NOTHING_SEEN,
    )
    assert [row.number for row in history.items] == [2, 1]


def test_the_same_schema_again_changes_nothing(governed: Governed) -> None:
    first = governed.set(NEEDS_AUC)
    assert governed.set(NEEDS_AUC) == first
    assert governed.actions().count("schema.set") == 1


def test_an_empty_schema_switches_checking_off(governed: Governed) -> None:
    governed.set(NEEDS_AUC)
    governed.set(SchemaDraft())
    assert governed.register().name.number == 1


def test_a_schema_is_set_only_over_the_one_that_was_read(governed: Governed) -> None:
    first = governed.set(NEEDS_AUC)
    governed.set(NEEDS_TEAM, first.etag)
    with pytest.raises(EtagMismatch):
        governed.set(NEEDS_AUC, first.etag)


def test_a_text_that_is_no_schema_is_refused_with_all_that_is_wrong(governed: Governed) -> None:
    text = json.dumps({"$ref": "https://example.org/x", "properties": {"a": {"pattern": "(?=x)"}}})
    with pytest.raises(InvalidRequest) as refused:
        governed.set(SchemaDraft(text))
    assert [violation.field for violation in refused.value.violations] == ["schema.json_schema"] * 2


def test_a_schema_holds_in_its_own_namespace_only(governed: Governed) -> None:
    namespaces = Namespaces(governed.registry.database, governed.mutations)
    namespaces.create(governed.registry.call(), NamespaceName("risk"), NamespaceDraft())
    call = governed.registry.call()
    governed.schemas.set(call, RegistrationSchemaName("risk"), NEEDS_AUC, "", "")
    assert governed.register().name.number == 1


def test_a_check_names_the_versions_that_would_fail_and_changes_nothing(
    governed: Governed,
) -> None:
    ant = ModelName(NAMESPACE, "ant")
    governed.register(ant, metrics={"auc": 0.9})
    governed.register(ant, metrics={"auc": 0.7})
    governed.register(MODEL)
    before = governed.actions()
    for size in (1, 2, 50):
        assert governed.failures(NEEDS_AUC, size) == [
            SchemaFailure(ant.version(2), ["metrics.auc: 0.7 is less than the minimum of 0.8"]),
            SchemaFailure(MODEL.version(1), ["record: 'metrics' is a required property"]),
        ]
    assert governed.actions() == before


def test_a_check_without_a_schema_uses_the_one_that_holds(governed: Governed) -> None:
    governed.register()
    with pytest.raises(SchemaNotFound):
        governed.failures(None)
    governed.set(NEEDS_AUC)
    assert [failure.version.number for failure in governed.failures(None)] == [1]


def test_a_check_looks_at_few_versions_where_each_costs_much(governed: Governed) -> None:
    parts: dict[str, Any] = {f"d{n}": _twice(f"d{n + 1}") for n in range(30)}
    text = json.dumps({"$defs": {**parts, "d30": {}}, "properties": {"tags": _twice("d0")}})
    for _ in range(3):
        governed.register(tags={"a": "b"})
    with counted(Work()):
        checked = governed.schemas.check(
            QUERY, Page(50, None), NAME, SchemaDraft(text), NOTHING_SEEN
        )
    assert checked.count == 1
    assert checked.next_token
    assert LIMIT in checked.failures[0].violations[0]


def _twice(part: str) -> dict[str, Any]:
    return {"allOf": [{"$ref": f"#/$defs/{part}"}] * 2}


def test_schemas_and_registrations_that_race_are_one_after_the_other(governed: Governed) -> None:
    """Every registered version satisfied the schema of the revision before it."""
    strict = SchemaDraft(required=RequiredFacts(metrics=("auc",)))

    def register(_: int) -> int | None:
        try:
            return governed.register().revision
        except SchemaViolated:
            return None

    def toggle(turn: int) -> tuple[int, bool]:
        schema = governed.set(strict if turn % 2 else SchemaDraft())
        return schema.revision, bool(turn % 2)

    with ThreadPoolExecutor(8) as pool:
        registered = pool.map(register, range(60))
        toggled = dict(pool.map(toggle, range(40)))
        let_in = [revision for revision in registered if revision is not None]
    for revision in let_in:
        earlier = [number for number in toggled if number < revision]
        assert not earlier or not toggled[max(earlier)], (revision, toggled)


_RECORDS = st.fixed_dictionaries(
    {
        "metrics": st.dictionaries(st.sampled_from(["auc", "f1"]), st.floats(0, 1), max_size=2),
        "labels": st.dictionaries(st.sampled_from(["team", "use"]), st.just("x"), max_size=2),
        "description": st.sampled_from(["", "short", "a long one"]),
    }
)
_SCHEMAS = st.builds(
    SchemaDraft,
    st.sampled_from(
        [
            "",
            "true",
            NEEDS_AUC.json_schema,
            json.dumps({"required": ["description"], "additionalProperties": {"type": "object"}}),
            json.dumps({"properties": {"description": {"pattern": "^[a-z]+$"}}}),
        ]
    ),
    required=st.builds(
        RequiredFacts,
        labels=st.sampled_from([(), ("team",)]),
        metrics=st.sampled_from([(), ("f1",)]),
        files=st.sampled_from([(), ("*.bin",)]),
    ),
)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(record=_RECORDS, schema=_SCHEMAS)
def test_a_record_that_a_check_accepts_is_registered_and_no_other(
    governed: Governed, record: dict[str, Any], schema: SchemaDraft
) -> None:
    governed.set(SchemaDraft())
    name = governed.register(**record).name
    found = {failure.version: failure.violations for failure in governed.failures(schema)}
    governed.set(schema)
    if name not in found:
        assert governed.register(**record).name.number > name.number
        return
    with pytest.raises(SchemaViolated) as refused:
        governed.register(**record)
    assert list(refused.value.causes) == list(found[name])
