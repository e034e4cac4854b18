"""Random filters over random versions choose what a naive implementation chooses."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry_grpc.domain.facts import Source, VersionDetail
from registry_grpc.domain.filter import MAX_BYTES
from registry_grpc.domain.filter_value import MAX_PATTERN
from registry_grpc.domain.number_text import number_of
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    VersionFields,
    a_model,
    add_version,
    at,
    some_files,
    version_filter,
)
from tests.support.faults.amount import examples
from tests.support.naive_filter import chosen, number_in

_names = count(1)
_NUMBERS = (
    *("0", "-0", "0.0", "1", "1.0", "10e-1", "9", "20", "20.0", "2E+1", "100", "-7.5", "0.1"),
    *("0.1000000000000000055", "9007199254740992", "9007199254740993", "1e308", "1e309", "1e999"),
    *(
        "-1e999",
        "1e9999",
        "1e-9999",
        "1e00009",
        "1e10000",
        "123456789" * 30,
        "0." + "0" * 400 + "1",
    ),
)
_TEXTS = (
    *_NUMBERS,
    *(
        "",
        " ",
        "5 ",
        " 5",
        "+5",
        "05",
        "007",
        "0x10",
        ".5",
        "5.",
        "1_000",
        "1,5",
        "\uff15",
        "\u0663",
        "nan",
    ),
    *(
        "inf",
        "Infinity",
        "true",
        "null",
        "-",
        "1e",
        "1e+",
        "--1",
        "1\n",
        "[1]",
        '"1"',
        "adam",
        "ADAM",
    ),
    *(
        "a*b",
        "*",
        "%",
        "_",
        "\\",
        "'",
        '"',
        "fraud",
        "fraud_v2",
        "my fraud",
        "fraudfraud",
        "İ",
        "ẞ",
    ),
    *("é", "e\u0301", "\U0001d518", "line\nbreak", "a.b", "tab\t"),
)
texts = st.sampled_from(_TEXTS) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6
)
keys = st.sampled_from(("lr", "epochs", "a b", 'q"q', "0"))
maps = st.dictionaries(keys, texts, max_size=3)
doubles = st.sampled_from((0.0, -0.0, 0.1, 0.1 + 0.2, 1.0, -1.5, 5e-324, 1.7e308)) | st.floats(
    allow_nan=False, allow_infinity=False
)
versions = st.builds(
    VersionFields,
    files=st.integers(0, 3).map(lambda count: some_files(*"abc"[:count]) if count else []),
    create_time=st.integers(0, 3).map(at),
    description=texts,
    creator=texts,
    stage=st.sampled_from(("none", "staging", "production")),
    labels=maps,
    tags=maps,
    metrics=st.dictionaries(keys, doubles, max_size=3),
    detail=st.builds(
        VersionDetail,
        params=maps,
        source=st.none() | st.builds(Source, uri=texts, run_id=texts),
    ),
    annotations=maps,
)

signs = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
equality = st.sampled_from(("=", "!="))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


numbers = st.sampled_from(_NUMBERS) | st.integers().map(str) | st.floats(-1e6, 1e6).map(repr)
# In quotes an asterisk matches any text.
values = numbers | texts.map(quoted)
wild = st.lists(st.sampled_from((*_TEXTS, "a", "f", "r", "0")), min_size=2, max_size=3).map(
    lambda parts: '"' + "*".join(quoted(part)[1:-1].replace("*", "\\*") for part in parts) + '"'
)
several = st.lists(values, min_size=1, max_size=3).map(lambda some: f"({' OR '.join(some)})")
map_keys = st.builds(".{}".format, keys.map(quoted)) | st.builds("[{}]".format, keys.map(quoted))
map_fields = st.sampled_from(("labels", "tags", "params", "annotations"))
fields = st.sampled_from(("description", "creator", "source.uri", "run_id")) | st.builds(
    "{}{}".format, map_fields, map_keys
)
patterns = (
    st.lists(
        st.sampled_from(
            ("%", "_", r"\%", r"\_", r"\\", "*", "?", "[", "]", "^", "a", "A", "fr", "é")
        )
        | texts.map(lambda text: text.replace("\\", "\\\\")),
        max_size=4,
    )
    .map("".join)
    .filter(lambda text: len(text) <= MAX_PATTERN)
)
joined = "{} {} {}".format
comparisons = (
    st.builds(joined, fields, signs, values)
    | st.builds(joined, fields, equality, wild | several)
    | st.builds(joined, fields, st.just(":"), texts.map(quoted))
    | st.builds(
        "{}({}, {})".format, st.sampled_from(("like", "ilike")), fields, patterns.map(quoted)
    )
    | st.builds(joined, st.just("by_reference"), equality, st.sampled_from(("true", "false")))
    | st.builds(joined, st.just("number"), signs, st.integers(-2, 9).map(str))
    | st.builds(
        joined, st.just("size_bytes"), signs, st.sampled_from(("1", "2.0", "1e30", "-1e30"))
    )
    | st.builds(joined, keys.map(quoted).map("metrics.{}".format), signs, doubles.map(repr))
    | st.builds(
        joined, st.sampled_from(("tags", "metrics", "annotations")), st.just(":"), keys.map(quoted)
    )
    | st.builds(
        joined, st.just("stage"), equality | st.just(":"), st.sampled_from(("none", "staging"))
    )
    | st.builds(
        joined,
        st.sampled_from(("create_time", "update_time")),
        signs,
        st.integers(0, 3).map(lambda n: quoted(at(n).isoformat())),
    )
)
filters = st.recursive(
    comparisons,
    lambda inner: (
        st.builds("NOT ({})".format, inner)
        | st.lists(inner, min_size=2, max_size=3).map(" AND ".join)
        | st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({' OR '.join(some)})")
    ),
    max_leaves=4,
).filter(lambda text: len(text.encode()) <= MAX_BYTES)


@given(
    catalog=st.lists(versions, min_size=1, max_size=8),
    asked=st.lists(filters, min_size=1, max_size=20),
)
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_random_filters_choose_what_a_naive_implementation_chooses(
    database: Database, catalog: list[VersionFields], asked: list[str]
) -> None:
    model = a_model(f"m{next(_names)}")
    with database.change(lambda: at(0)) as transaction:
        transaction.models.add(model)
        stored = [
            add_version(transaction, model, number, fields)
            for number, fields in enumerate(catalog, 1)
        ]
        for text in asked:
            node = version_filter(text)
            assert node is not None
            page = transaction.versions.page(model, node, None, 99, show_deleted=True)
            found = {version.name.number for version in page}
            wanted = {version.name.number for version in stored if chosen(node, version)}
            assert found == wanted, text


@given(texts | numbers)
@settings(max_examples=examples(200))
def test_a_text_is_a_number_as_in_json(text: str) -> None:
    assert number_of(text) == number_in(text)
