"""JSON Schema as we bound it: what is refused, what is said, and how long it may take."""

import json
import socket
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.work import LIMIT, Work, counted
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.services.ports.json_schema import MAX_VIOLATIONS

RULES = JsonSchemaRules()


def _problems(schema: object, *, check_formats: bool = False) -> str:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return " | ".join(RULES.problems(text, check_formats=check_formats))


def _said(schema: object, document: dict[str, Any], *, check_formats: bool = False) -> list[str]:
    text = json.dumps(schema)
    assert not RULES.problems(text, check_formats=check_formats)
    return list(RULES.violations(text, document, check_formats=check_formats))


@pytest.mark.parametrize(
    "schema,problem",
    [
        ("{", "cannot be read as JSON"),
        ('{"a": 1, "a": 2}', "'a' is there twice"),
        ('{"minimum": NaN}', "NaN is not a number of JSON"),
        ('{"minimum": ' + "9" * 5_000 + "}", "cannot be read as JSON"),
        ("[" * 100_000, "more than 64 levels"),
        ('{"not": ' * 64 + "{}" + "}" * 64, "more than 64 levels"),
        ([], "not of type 'object', 'boolean'"),
        ({"type": "text"}, "$.type: 'text' is not valid"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema: must be"),
        ({"$ref": "https://example.org/x"}, "nothing is fetched"),
        ({"properties": {"const": {"$ref": "file:///etc/passwd"}}}, "nothing is fetched"),
        ({"$dynamicRef": "other#x"}, "nothing is fetched"),
        ({"$ref": "#/$defs/no"}, "'#/$defs/no' does not exist"),
        ({"title": "x", "$ref": "#/title"}, "'x' is not of type 'object', 'boolean'"),
        ({"x": {"pattern": "("}, "$ref": "#/x"}, "a group is not closed"),
        ({"$defs": {"x": {"$id": "https://example.org/x"}}}, "rejected below the top"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties: is not supported"),
        ({"items": {"unevaluatedItems": False}}, "unevaluatedItems: is not supported"),
        ({"pattern": "(?=x)"}, "pattern: of groups"),
        ({"patternProperties": {"(": {}}}, "pattern: a group is not closed"),
        ({"$ref": "#"}, "refers to itself without end"),
    ],
)  # fmt: skip
def test_what_is_no_schema_for_us_is_refused_with_a_reason(schema: object, problem: str) -> None:
    assert problem in _problems(schema)


def test_a_format_that_would_not_be_checked_is_refused_where_formats_are() -> None:
    schema = {"properties": {"description": {"format": "uri"}}}
    assert _problems(schema) == ""
    assert "'uri' cannot be checked" in _problems(schema, check_formats=True)


def test_formats_are_checked_only_where_that_is_asked_for() -> None:
    schema = {"properties": {"description": {"format": "date"}}}
    wrong = {"description": "yesterday"}
    assert _said(schema, wrong) == []
    assert _said(schema, wrong, check_formats=True) == ["description: 'yesterday' is not a 'date'"]


def test_nothing_is_ever_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a connection was made")

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert "nothing is fetched" in _problems({"$ref": "https://json-schema.org/x"})
    # A schema that got past the checks, of another release perhaps, cannot be resolved either.
    with pytest.raises(LookupError):
        RULES.violations('{"$ref": "https://example.org/x"}', {}, check_formats=False)


def test_everything_that_is_wrong_is_said_with_its_place() -> None:
    schema = {
        "required": ["description"],
        "properties": {
            "metrics": {"additionalProperties": {"maximum": 1}},
            "tags": {"propertyNames": {"maxLength": 3}, "additionalProperties": False},
            "slices": {"items": {"properties": {"value": {"pattern": "^[0-9]+$"}}}},
            "labels": {"patternProperties": {"^x": {"maxLength": 1}}, "maxProperties": 2},
        },
    }
    document = {
        "metrics": {"a b": 2.0, "auc": 3.0},
        "tags": {"long": ""},
        "slices": [{"value": "1"}, {"value": "x"}],
        "labels": {"xa": "12", "b": "12", "c": ""},
    }
    assert _said(schema, document) == [
        "record: 'description' is a required property",
        "metrics['a b']: 2.0 is greater than the maximum of 1",
        "metrics.auc: 3.0 is greater than the maximum of 1",
        "tags: 'long' is too long",
        "tags: 'long' may not be there",
        "slices[1].value: 'x' does not match '^[0-9]+$'",
        "labels.xa: '12' is too long",
        "labels: {'xa': '12', 'b': '12', 'c': ''} has too many properties",
    ]


def test_what_is_long_is_cut_and_what_cannot_be_encoded_is_replaced() -> None:
    (said,) = _said({"maxProperties": 0}, {"description": "x" * 10_000})
    assert said.endswith("xxx… is expected to be empty")
    assert len(said) < 200
    (said,) = _said({"properties": {"a": {"const": "\ud800"}}}, {"a": "b"})
    assert said.encode()


def test_items_that_are_equal_are_found_among_many() -> None:
    many = [{"uri": str(number)} for number in range(20_000)]
    schema = {"properties": {"inputs": {"uniqueItems": True}}}
    assert _said(schema, {"inputs": many}) == []
    (said,) = _said(schema, {"inputs": [*many, {"uri": "7"}]})
    assert said.endswith("has items that are equal")


def test_a_schema_that_would_take_for_ever_is_refused_when_it_is_set() -> None:
    parts: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)
    }
    schema = {"$defs": {**parts, "d30": {}}, "$ref": "#/$defs/d0"}
    with counted(Work()), pytest.raises(LimitExceeded, match=LIMIT):
        _problems(schema)


def test_a_record_that_takes_too_long_is_refused() -> None:
    schema = json.dumps({"properties": {"tags": {"$ref": "#/properties/tags"}}})
    assert not RULES.violations(schema, {}, check_formats=False)
    assert RULES.violations(schema, {"tags": {"a": ""}}, check_formats=False) == [
        "record: the schema refers to itself without end, or goes too deep"
    ]


def test_the_first_thousand_violations_are_enough() -> None:
    schema = json.dumps({"properties": {"metrics": {"additionalProperties": False}}})
    document = {"metrics": {str(number): 0.0 for number in range(MAX_VIOLATIONS + 5)}}
    violations = RULES.violations(schema, document, check_formats=False)
    assert len(violations) == MAX_VIOLATIONS


_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from(["", "a", "ab", "x1"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "x1"]), inner)
    ),
    max_leaves=6,
)
_CONSTANTS = st.sampled_from([True, False, 0, 1, 1.0, "", "a", [], [1], [True], {"a": 1}, None])
_SCHEMAS = st.recursive(
    st.one_of(
        st.booleans(),
        st.fixed_dictionaries({"type": st.sampled_from(["object", "string", "integer"])}),
        st.fixed_dictionaries({"pattern": st.sampled_from(["^a", "[0-9]$", "b|x"])}),
        st.fixed_dictionaries({"minimum": st.integers(-2, 2)}),
        st.fixed_dictionaries({"exclusiveMaximum": st.integers(-2, 2), "multipleOf": st.just(2)}),
        st.fixed_dictionaries({"enum": st.lists(_CONSTANTS, max_size=3)}),
        st.fixed_dictionaries({"const": _CONSTANTS}),
        st.fixed_dictionaries({"uniqueItems": st.booleans(), "maxItems": st.integers(0, 2)}),
        st.fixed_dictionaries({"required": st.sampled_from([["a"], ["a", "x1"]])}),
        st.fixed_dictionaries({"dependentRequired": st.just({"a": ["b"]})}),
        st.fixed_dictionaries({"minLength": st.integers(0, 2), "maxProperties": st.just(1)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from(["a", "x1"]), inner)}),
        st.fixed_dictionaries(
            {
                "properties": st.dictionaries(st.just("a"), inner),
                "patternProperties": st.dictionaries(st.sampled_from(["^x", "b"]), inner),
                "additionalProperties": inner,
            }
        ),
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"if": inner, "then": inner, "else": inner}),
        st.fixed_dictionaries({"contains": inner, "minContains": st.integers(0, 2)}),
        st.fixed_dictionaries({"contains": inner, "maxContains": st.integers(0, 1)}),
        st.fixed_dictionaries({"prefixItems": st.lists(inner, min_size=1), "items": inner}),
        st.fixed_dictionaries({"propertyNames": inner}),
        st.fixed_dictionaries({"dependentSchemas": st.dictionaries(st.just("a"), inner)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


@given(_SCHEMAS, st.dictionaries(st.sampled_from(["a", "b", "x1"]), _VALUES))
def test_what_satisfies_a_schema_is_what_the_library_says(
    schema: object, document: dict[str, Any]
) -> None:
    expected = jsonschema.Draft202012Validator(schema).is_valid(document)
    assert (_said(schema, document) == []) is expected


@pytest.mark.parametrize(
    "name, valid, wrong",
    [
        ("date", ["2024-02-29"], ["2026-W01-1", "2026-02-30", "२026-01-01", "20260101"]),
        (
            "uuid",
            ["2eb8aa08-aa98-11ea-b4aa-73b441d16380"],
            [
                "2eb8aa08-aa98-11ea-b4aa-73b441d16380-",
                "2eb8aa08-aa98-11ea-b4aa-73b44_d16380",
                "2eb8aa08-aa98-11ea-b4aa-73b441d1638२",
            ],
        ),
        (
            "email",
            ["joe.bloggs@example.com", '"joe bloggs"@example.com', "te~st@example.com"],
            ["@example.com", "joe@", ".a@b", "a.@b", "a..b@c", "a b@c", "a@b, c@d", "A <a@b>"],
        ),
    ],
)
def test_formats_are_those_of_the_specification(
    name: str, valid: list[str], wrong: list[str]
) -> None:
    rules = JsonSchemaRules()
    text = json.dumps({"properties": {"description": {"format": name}}})
    for value in valid:
        assert not rules.violations(text, {"description": value}, check_formats=True)
    for value in wrong:
        assert rules.violations(text, {"description": value}, check_formats=True), value


@pytest.mark.parametrize(
    "schema",
    [{"dependencies": {"a": ["b"]}}, {"properties": {"files": {"additionalItems": False}}}],
)
def test_keywords_that_a_later_draft_replaced_are_not_ignored(schema: object) -> None:
    problems = JsonSchemaRules().problems(json.dumps(schema), check_formats=False)
    assert len(problems) == 1
    assert "earlier draft" in problems[0]
