"""Registration schemas, and what is checked by them, in both databases."""

from dataclasses import replace

from registry_grpc.domain.facts import DatasetRole, VersionDetail
from registry_grpc.domain.registration_schema import SchemaDraft
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.persistence.database import SqlDatabase
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_model,
    a_namespace,
    a_schema,
    add_version,
    at,
    deleted,
    stored_model,
)

_DRAFT = SchemaDraft(
    json_schema='{"b": 1.0, "a": "ä\\u0000"} ',
    check_formats=True,
    required=RequiredFacts(
        files=("*.bin", "[ab]"),
        labels=("team",),
        pinned_inputs=(DatasetRole.TRAINING, DatasetRole.TEST),
        clean_commit=True,
        slices=("age",),
    ),
)


def test_a_namespace_without_a_schema_has_none(database: SqlDatabase) -> None:
    with database.read() as transaction:
        assert transaction.registration_schemas.get("default") is None
        assert transaction.registration_schemas.numbered("default", 1) is None
        assert list(transaction.registration_schemas.history("default", None, 9)) == []


def test_a_schema_comes_back_as_it_was_written_to_the_byte(database: SqlDatabase) -> None:
    stored = a_schema(1, _DRAFT)
    with database.change(lambda: START) as transaction:
        transaction.registration_schemas.append(stored)
    with database.read() as transaction:
        assert transaction.registration_schemas.get("default") == stored


def test_the_last_schema_holds_and_the_earlier_ones_stay(database: SqlDatabase) -> None:
    stored = [a_schema(number) for number in (1, 2, 3)]
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace("risk"))
        for schema in stored:
            transaction.registration_schemas.append(schema)
        transaction.registration_schemas.append(a_schema(1, _DRAFT, namespace="risk"))
    with database.read() as transaction:
        schemas = transaction.registration_schemas
        assert schemas.get("default") == stored[2]
        assert schemas.numbered("default", 2) == stored[1]
        assert schemas.numbered("default", 4) is None
        assert list(schemas.history("default", None, 2)) == [stored[2], stored[1]]
        assert list(schemas.history("default", 2, 2)) == [stored[0]]
        assert list(schemas.history("risk", None, 9)) == [a_schema(1, _DRAFT, namespace="risk")]


def test_live_versions_of_a_namespace_come_by_model_and_number_with_detail(
    database: SqlDatabase,
) -> None:
    detail = VersionDetail(params={"depth": "7"})
    late, early, gone = (stored_model(database, name) for name in ("zebra", "ant", "gone"))
    other = replace(a_model("bee"), name=replace(a_model("bee").name, namespace="risk"))
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace("risk"))
        transaction.models.add(other)
        for model in (late, early, gone, other):
            add_version(transaction, model, 1, VersionFields(detail=detail))
            add_version(transaction, model, 2)
        transaction.versions.update(deleted(add_version(transaction, early, 3), at(1), 1))
        transaction.models.update(replace(gone, delete_time=at(1)))
    with database.read() as transaction:
        found = transaction.versions.live("default", None, 9)
        assert [(version.name.model, version.name.number) for version in found] == [
            ("ant", 1),
            ("ant", 2),
            ("zebra", 1),
            ("zebra", 2),
        ]
        assert [version.detail for version in found] == [None] * 4
        rest = transaction.versions.live("default", ("ant", 2), 1)
        assert [str(version.name) for version in rest] == [str(late.name.version(1))]
        assert transaction.versions.live("default", ("zebra", 2), 9) == []
