import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.filter import (
    MAX_BYTES,
    MAX_COMPARISONS,
    MAX_DEPTH,
    MAX_VALUE_BYTES,
    And,
    Comparison,
    Node,
    Not,
    Or,
    comparisons,
    parse_filter,
)
from registry_grpc.domain.filter_fields import MODEL_FILTER, VERSION_FILTER
from registry_grpc.domain.filter_value import FieldType, Value, Wildcard
from tests.support.faults.amount import examples

_quick = settings(max_examples=examples(80))
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


def parse(text: str) -> Node | None:
    return parse_filter(text, VERSION_FILTER)


def is_about(field: str, operator: str, value: Value, key: str | None = None) -> Comparison:
    return Comparison(field, key, operator, value)


# --- a printer, the other way round --------------------------------------------------------


def quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\*])', r"\\\1", text) + '"'


def printed_value(value: Value) -> str:
    if isinstance(value, datetime):
        return quoted(value.isoformat())
    if isinstance(value, Wildcard):
        return '"' + "*".join(quoted(part)[1:-1] for part in value.parts) + '"'
    if isinstance(value, Decimal):
        return str(value)
    return quoted(value) if isinstance(value, str) else repr(value)


def printed(node: Node) -> str:
    match node:
        case Comparison(field, key, operator, value):
            path = field if key is None else f"{field}.{quoted(key)}"
            return f"{path} {operator} {printed_value(value)}"
        case Not(item):
            return f"NOT ({printed(item)})"
        case And(items):
            return " AND ".join(f"({printed(item)})" for item in items)
        case Or(items):
            return " OR ".join(f"({printed(item)})" for item in items)


texts = st.text(max_size=12).filter(lambda text: "\0" not in text)
finite = st.floats(allow_nan=False, allow_infinity=False)
wildcards = st.lists(texts, min_size=2, max_size=3).map(lambda parts: Wildcard(tuple(parts)))
numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3)
moments = st.datetimes(timezones=st.just(UTC))
operators = st.sampled_from(OPERATORS)
equality = st.sampled_from(("=", "!="))
some_comparisons = (
    st.builds(is_about, st.just("description"), operators | st.just(":"), texts)
    | st.builds(is_about, st.just("number"), operators, st.integers(-(10**30), 10**30))
    | st.builds(is_about, st.just("create_time"), operators, moments)
    | st.builds(is_about, st.sampled_from(["tags", "metrics"]), st.just(":"), texts)
    | st.builds(is_about, st.just("labels"), operators | st.just(":"), texts, texts)
    | st.builds(is_about, st.just("metrics"), operators, finite, texts)
    | st.builds(is_about, st.just("params"), operators, numbers.map(Decimal), texts)
    | st.builds(is_about, st.just("creator"), equality, wildcards)
)
nodes = st.recursive(
    some_comparisons,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@given(nodes.filter(lambda node: len(printed(node).encode()) <= MAX_BYTES))
@_quick
def test_a_tree_is_what_its_text_parses_to(node: Node) -> None:
    assert parse(printed(node)) == node


# --- meaning -------------------------------------------------------------------------------

A, B, C, D = (is_about("stage", "=", letter) for letter in "abcd")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("stage=a", A),
        ("  stage  =  a  ", A),
        ("stage=a AND stage=b", And((A, B))),
        ("stage=a OR stage=b", Or((A, B))),
        ("stage=a AND stage=b OR stage=c", And((A, Or((B, C))))),
        ("stage=a OR stage=b AND stage=c", And((Or((A, B)), C))),
        ("stage=a OR stage=b AND stage=c OR stage=d", And((Or((A, B)), Or((C, D))))),
        ("(stage=a AND stage=b) OR stage=c", Or((And((A, B)), C))),
        ("NOT stage=a OR stage=b", Or((Not(A), B))),
        ("NOT (stage=a OR stage=b)", Not(Or((A, B)))),
        ("-stage=a AND stage=b", And((Not(A), B))),
        ("-(stage=a)", Not(A)),
        ("((stage=a))", A),
        ("stage=a AND stage=b AND stage=c", And((A, B, C))),
        ("stage=a\n\tAND\nstage=b", And((A, B))),
    ],
)
def test_or_binds_tighter_than_and_as_in_aip_160(text: str, expected: Node) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ('description:"fra"', is_about("description", ":", "fra")),
        ("description:fra", is_about("description", ":", "fra")),
        ("creator = 'it is'", is_about("creator", "=", "it is")),
        (r'creator = "say \"hi\""', is_about("creator", "=", 'say "hi"')),
        (r"creator = 'it\'s'", is_about("creator", "=", "it's")),
        (r'creator = "a\\"', is_about("creator", "=", "a\\")),
        ('creator = "NOT a AND b"', is_about("creator", "=", "NOT a AND b")),
        ('creator = ""', is_about("creator", "=", "")),
        ("creator = 7", is_about("creator", "=", Decimal(7))),
        ("creator = '7'", is_about("creator", "=", "7")),
        ("creator = 007", is_about("creator", "=", "007")),
        ("creator = 1e10000", is_about("creator", "=", "1e10000")),
        ("creator = 0x10", is_about("creator", "=", "0x10")),
        ("creator : 7", is_about("creator", ":", "7")),
        ("creator > -0.50", is_about("creator", ">", Decimal("-0.5"))),
        ("creator = svc*", is_about("creator", "=", Wildcard(("svc", "")))),
        ("creator != '*-ci'", is_about("creator", "!=", Wildcard(("", "-ci")))),
        ("creator = *mid*", is_about("creator", "=", Wildcard(("", "mid", "")))),
        ("creator = 7*", is_about("creator", "=", Wildcard(("7", "")))),
        (r"creator = 'a\*b'", is_about("creator", "=", "a*b")),
        (r"creator = 'a\*b*'", is_about("creator", "=", Wildcard(("a*b", "")))),
        ("creator < a*", is_about("creator", "<", "a*")),
        ("description : 'a*'", is_about("description", ":", "a*")),
        ("labels.team:*", is_about("labels", ":", "team")),
        ("state : ACT", is_about("state", ":", "ACT")),
        (
            "root_digest = 'sha256:0a1b*'",
            is_about("root_digest", "=", Wildcard(("sha256:0a1b", ""))),
        ),
        ("root_digest : 'A256:0A'", is_about("root_digest", ":", "A256:0A")),
        ("number > 1.5", is_about("number", ">", 1)),
        ("number >= 1.5", is_about("number", ">=", 2)),
        ("number < 1.5", is_about("number", "<", 2)),
        ("number <= -1.5", is_about("number", "<=", -2)),
        ("number = 2e3", is_about("number", "=", 2000)),
        ("size_bytes > 9007199254740993", is_about("size_bytes", ">", 2**53 + 1)),
        ("creator = 2026-05-03", is_about("creator", "=", "2026-05-03")),
        ("creator = svc/train-1", is_about("creator", "=", "svc/train-1")),
        ("creator = é", is_about("creator", "=", "é")),
        ("number = 7", is_about("number", "=", 7.0)),
        ("number = -7.5e2", is_about("number", "=", -750.0)),
        ("number:7", is_about("number", "=", 7.0)),
        ("labels:team", is_about("labels", ":", "team")),
        ('labels:"team/x y"', is_about("labels", ":", "team/x y")),
        ("labels.team = risk", is_about("labels", "=", "risk", "team")),
        ("labels.team:ri", is_about("labels", ":", "ri", "team")),
        ("labels.a.b.c = x", is_about("labels", "=", "x", "a.b.c")),
        ("labels.kubernetes.io/name = x", is_about("labels", "=", "x", "kubernetes.io/name")),
        ('labels."a b" = x', is_about("labels", "=", "x", "a b")),
        ('labels."a.b" = x', is_about("labels", "=", "x", "a.b")),
        ("params.max_depth = 3", is_about("params", "=", Decimal(3), "max_depth")),
        ("params.1.5 = x", is_about("params", "=", "x", "1.5")),
        ("metrics.auc > 0.9", is_about("metrics", ">", 0.9, "auc")),
        ("metrics.auc:0.9", is_about("metrics", "=", 0.9, "auc")),
        (
            'create_time >= "2026-05-03T12:00:00Z"',
            is_about("create_time", ">=", datetime(2026, 5, 3, 12, tzinfo=UTC)),
        ),
        (
            'create_time < "2026-05-03T12:00:00.25+02:00"',
            is_about(
                "create_time",
                "<",
                datetime(2026, 5, 3, 12, 0, 0, 250_000, timezone(timedelta(hours=2))),
            ),
        ),
    ],
)
def test_comparisons_are_read_with_typed_values(text: str, expected: Comparison) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_an_empty_filter_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text, says",
    [
        ("color = red", "unknown field 'color'"),
        ("Stage = a", "unknown field"),
        ("labels = x", "is a map"),
        ("labels != x", "is a map"),
        ("stage.a = x", "no fields of its own"),
        ("stage", "expected ="),
        ("stage = ", "expected a value at the end"),
        ("= a", "expected a field"),
        ("stage == a", "expected a value"),
        ("stage = a b", "AND, OR or the end"),
        ("stage = a stage = b", "AND, OR or the end"),
        ("stage = a AND", "expected a field at the end"),
        ("stage = a and stage = b", "AND, OR or the end"),
        ("AND stage = a", "unknown field"),
        ("NOT NOT stage = a", "unknown field"),
        ("stage = a OR OR stage = b", "unknown field"),
        ("(stage = a", r"expected \)"),
        ("stage = a)", "AND, OR or the end"),
        ("()", "expected a field"),
        ('stage = "a', "cannot be read at character"),
        ("stage = 'a", "cannot be read"),
        ("stage = a;", "cannot be read at character 10"),
        ("stage = a && stage = b", "cannot be read"),
        ("stage ~ a", "cannot be read"),
        ('"stage" = a', "expected a field"),
        ("7 = a", "expected a field"),
        ("labels. = a", "expected a key"),
        ("labels..a = a", "expected a key"),
        ("number = seven", "compared with a number"),
        ('number = "7"', "compared with a number"),
        ("number = nan", "compared with a number"),
        ("number = inf", "compared with a number"),
        ("number = 1e999", "compared with a number"),
        ("number = 0x7", "compared with a number"),
        ("number = 1_000", "compared with a number"),
        ("number = \u0667", "compared with a number"),
        ("metrics.auc = high", "compared with a number"),
        ("metrics.n = 9007199254740993", "cannot hold 9007199254740993; the nearest is 900"),
        ("create_time = yesterday", "compared with a time"),
        ('create_time = "2026-05-03"', "compared with a time"),
        ('create_time = "2026-05-03T12:00:00"', "compared with a time"),
        ('create_time = "2026-13-03T12:00:00Z"', "compared with a time"),
        ("create_time = 7", "compared with a time"),
        ("stage = a -- comment", "AND, OR or the end"),
        ("number = 2.5", "is a whole number, never 2.5"),
        ("number != 1.00000000000000000001", "is a whole number"),
        ("number = 1e-99999999999999999999", "is a whole number"),
        ("state = ACTIVE", "no state 'ACTIVE'; there are active, deprecated, yanked, revoked, del"),
        ("state = (active OR gone)", "no state 'gone'"),
        ("state : gone", "no state 'gone'"),
        ("state = act*", "no state"),
        ("state > active", "has no order"),
        ("stage < production", "has no order"),
        ("root_digest = abc", "root_digest is sha256: and 64 digits"),
        (f"root_digest = 'sha256:{'A' * 64}'", "64 digits of 0-9a-f"),
        ("root_digest = 'md5:*'", "64 digits"),
        ("root_digest = 'deadbeef*'", "64 digits"),
        ("root_digest : xyz", "64 digits"),
        ("root_digest = sha256:abc", "64 digits"),
        ("tags.version = 1.5.2", "put a value with such a sign in quotes"),
        ("creator = a*b*c*d", "at most 2 of the wildcard"),
        ("creator = ()", "expected a value"),
        ("creator = (a b)", r"expected OR or \)"),
        ("creator = (a AND b)", r"expected OR or \)"),
        ("creator = ((a))", "expected a value"),
        ("number < (1 OR 2)", "expected a value"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(text)


@pytest.mark.parametrize(
    "text",
    ['description = "a\0"', 'description:"\0"', 'labels."\0" = a', 'labels:"\0"'],
)
def test_the_nul_character_is_refused_because_sql_cannot_hold_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_a_filter_has_a_longest_length_in_bytes() -> None:
    longest = "stage=a" + " " * (MAX_BYTES - 7)
    assert parse(longest) is not None
    for text in (longest + " ", "é" * (MAX_BYTES // 2 + 1), "x" * 10_000_000):
        with pytest.raises(ValueError, match=str(MAX_BYTES)):
            parse(text)


def test_a_value_has_a_longest_length_in_bytes() -> None:
    longest = "é" * (MAX_VALUE_BYTES // 2 - 1)
    assert parse(f'creator="{longest}"') is not None
    with pytest.raises(ValueError, match=f"at most {MAX_VALUE_BYTES} bytes"):
        parse(f'creator="{longest}x"')


def test_a_filter_has_a_largest_number_of_comparisons() -> None:
    values = " OR ".join("a" for _ in range(MAX_COMPARISONS))
    assert parse(f"creator = ({values})") is not None
    for text in (f"creator = ({values}) AND stage = a", f'creator=({values}) like(creator, "a")'):
        with pytest.raises(ValueError, match=r"AND, OR|at most 250 comparisons"):
            parse(text)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ('like(creator, "a%")', Comparison("creator", None, "like", "a%")),
        ('ilike(labels.team, "_x")', Comparison("labels", "team", "ilike", "_x")),
        (r'like(tags["a.b c"], "\\%")', Comparison("tags", "a.b c", "like", r"\%")),
        ('annotations["mlflow.x"] = "1"', Comparison("annotations", "mlflow.x", "=", "1")),
        ('annotations."a b":*', Comparison("annotations", None, ":", "a b")),
        ('source.uri = "s3://a"', Comparison("source.uri", None, "=", "s3://a")),
        ("by_reference = true", Comparison("by_reference", None, "=", 1)),
        ("by_reference != false", Comparison("by_reference", None, "!=", 0)),
        # Names of functions are words elsewhere.
        ("creator = like", Comparison("creator", None, "=", "like")),
    ],
)
def test_patterns_keys_and_facts_are_read(text: str, wanted: Comparison) -> None:
    assert parse_filter(text, VERSION_FILTER) == wanted


@pytest.mark.parametrize(
    "text, problem",
    [
        ('like(metrics.auc, "a")', "of texts"),
        ('like(stage, "a")', "of texts"),
        ('like(labels, "a")', "of texts"),
        ('like(creator.x, "a")', "of texts"),
        ("like(creator)", "expected ,"),
        ('like(creator, "a"', r"expected \)"),
        (r'like(creator, "a\\")', "single backslash"),
        (f'like(creator, "{"a" * 257}")', "at most 256 characters"),
        ('ilike(colour, "a")', "unknown field 'colour'"),
        ("by_reference = yes", "true or false"),
        ('by_reference = "true"', "true or false"),
        ("by_reference < true", "no order"),
        ("source.colour = a", "unknown field 'source'"),
        ("labels[team] = a", "a key in quotes"),
        ('labels["team" = a', "expected ]"),
    ],
)
def test_wrong_patterns_keys_and_facts_are_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_filter(text, VERSION_FILTER)


def test_a_filter_has_a_greatest_depth() -> None:
    def nested(depth: int, opening: str = "(") -> str:
        return opening * depth + "stage=a" + ")" * depth

    assert parse(nested(MAX_DEPTH)) == A
    for opening in ("(", "-(", "NOT ("):
        with pytest.raises(ValueError, match=f"at most {MAX_DEPTH} parentheses"):
            parse(nested(MAX_DEPTH + 1, opening))


fragments = st.sampled_from(
    [
        *[
            "stage",
            "number",
            "labels",
            "metrics.",
            "create_time",
            "NOT",
            "AND",
            "OR",
            "-",
            "(",
            ")",
        ],
        *["=", "!=", ":", "<=", ".", '"', "'", "\\", "7", "-1.5e9", " ", "\n", "x", "é", "*", "\0"],
        *['"2026-05-03T12:00:00Z"', '"0001-01-01T00:00:00+23:59"', '"9999-12-31T24:00:00-12:00"'],
    ]
)


@given(st.text(max_size=60) | st.lists(fragments, max_size=25).map("".join))
@settings(max_examples=examples(250))
def test_garbage_is_a_value_error_and_nothing_else(text: str) -> None:
    for schema in (MODEL_FILTER, VERSION_FILTER):
        try:
            node = parse_filter(text, schema)
        except ValueError:
            continue
        assert node is None or all(is_typed(item) for item in comparisons(node))


def is_typed(comparison: Comparison) -> bool:
    kind = {**MODEL_FILTER, **VERSION_FILTER}[comparison.field]
    value = comparison.value
    if comparison.key is None and kind in {FieldType.TEXT_MAP, FieldType.NUMBER_MAP}:
        return comparison.operator == ":" and isinstance(value, str)
    kinds: dict[FieldType, type | tuple[type, ...]] = {
        FieldType.INTEGER: int,
        FieldType.NUMBER_MAP: float,
        FieldType.TEXT: (str, Decimal, Wildcard),
        FieldType.TEXT_MAP: (str, Decimal, Wildcard),
        FieldType.DIGEST: (str, Wildcard),
    }
    if kind is FieldType.TIME:
        return isinstance(value, datetime) and value.utcoffset() is not None
    return isinstance(value, kinds.get(kind, str))


@pytest.mark.parametrize(
    "several, alone",
    [
        ("stage = (a OR b)", "(stage = a OR stage = b)"),
        ("stage = (a)", "stage = a"),
        ("NOT stage = (a OR b) AND number = 1", "NOT (stage = a OR stage = b) AND number = 1"),
        ("labels.x != (1 OR 'a*')", "(labels.x != 1 AND labels.x != 'a*')"),
        ("labels : (x OR y)", "(labels:x OR labels:y)"),
        ("metrics.auc = (1 OR 0.5)", "(metrics.auc = 1 OR metrics.auc = 0.5)"),
    ],
)
def test_a_comparison_with_several_values_is_one_with_each(several: str, alone: str) -> None:
    assert parse(several) == parse(alone)


@pytest.mark.parametrize(
    "piece", ["(", "-", "NOT ", '"', "'", "\\", "1", "1.", ".", "a.", "1e", " "]
)
def test_the_longest_filters_of_one_piece_are_refused_quickly(piece: str) -> None:
    text = (piece * MAX_BYTES)[:MAX_BYTES]
    if text.strip():
        with pytest.raises(ValueError, match=r"."):
            parse(text)
    else:
        assert parse(text) is None
