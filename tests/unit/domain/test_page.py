import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.page import DEFAULT_SIZE, MAX_SIZE, Key, Page, Query
from tests.support.faults.amount import examples
from tests.support.history import HISTORY

_quick = settings(max_examples=examples(80))
QUERY = Query(
    "modelregistry.v1.CatalogService/ListModels", ("namespaces/risk", "", "False"), (str,)
)

texts = st.text(max_size=40).filter(lambda text: "\0" not in text)
keys = st.lists(texts | st.integers(0, 2**63 - 1), min_size=1, max_size=3).map(tuple)
positions = st.tuples(st.text(max_size=10), st.lists(st.text(max_size=5)).map(tuple), keys)


def query_and_key(position: tuple[str, tuple[str, ...], Key]) -> tuple[Query, Key]:
    method, arguments, key = position
    return Query(method, arguments, tuple(type(part) for part in key)), key


def refused_field(query: Query, size: int, token: str) -> str:
    with pytest.raises(InvalidRequest) as refusal:
        query.page(size, token)
    (violation,) = refusal.value.violations
    return violation.field


@given(positions.map(query_and_key))
@_quick
def test_a_token_leads_back_to_its_key(case: tuple[Query, Key]) -> None:
    query, key = case
    assert query.page(10, query.token(key, HISTORY)) == Page(10, key, HISTORY)


@given(positions.map(query_and_key), positions.map(query_and_key))
@_quick
def test_a_token_of_another_query_is_refused(
    one: tuple[Query, Key], other: tuple[Query, Key]
) -> None:
    (first, key), (second, _) = one, other
    if first != second:
        assert refused_field(second, 10, first.token(key, HISTORY)) == "page_token"


def test_arguments_cannot_be_shifted_into_each_other() -> None:
    token = Query("m", ("ab", "c"), (str,)).token(("x",), HISTORY)
    for method, arguments in (("m", ("a", "bc")), ("ma", ("b", "c")), ("m", ("ab", "c", ""))):
        assert refused_field(Query(method, arguments, (str,)), 10, token) == "page_token"


@given(st.text(min_size=1) | st.text("abcXYZ019-_=+/", min_size=1))
@_quick
def test_garbage_is_refused_as_a_page_token(token: str) -> None:
    assert refused_field(QUERY, 10, token) == "page_token"


@given(st.binary(min_size=1, max_size=60))
@_quick
def test_encoded_garbage_is_refused_as_a_page_token(content: bytes) -> None:
    assert refused_field(QUERY, 10, base64.urlsafe_b64encode(content).decode()) == "page_token"


def _forged(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


FORMAT, FINGERPRINT = json.loads(base64.urlsafe_b64decode(QUERY.token(("x",), HISTORY) + "=="))[:2]


@pytest.mark.parametrize(
    "content",
    [
        None,
        7,
        "text",
        {},
        [],
        [FORMAT],
        [FORMAT, FINGERPRINT],
        [FORMAT + 1, FINGERPRINT, "x"],
        [FORMAT, "0" * 16, "x"],
        [FORMAT, FINGERPRINT, 7],
        [FORMAT, FINGERPRINT, "x", "y"],
        [FORMAT, FINGERPRINT, None],
        [FORMAT, FINGERPRINT, 1.5],
        [FORMAT, FINGERPRINT, True],
        [FORMAT, FINGERPRINT, ["x"]],
        [FORMAT, FINGERPRINT, {"x": 1}],
        [FORMAT, FINGERPRINT, float("nan")],
    ],
)
def test_a_token_of_another_shape_is_refused(content: object) -> None:
    assert refused_field(QUERY, 10, _forged(content)) == "page_token"


@pytest.mark.parametrize(
    "token",
    ["=", "====", "A", "é", "\0", "[" * 4_000, "A" * 4_097, "A" * 1_000_000, " ", "\n"],
)
def test_a_text_that_is_no_token_is_refused(token: str) -> None:
    assert refused_field(QUERY, 10, token) == "page_token"


def test_deeply_nested_content_is_refused() -> None:
    token = base64.urlsafe_b64encode(b"[" * 3_000).decode()
    assert refused_field(QUERY, 10, token) == "page_token"


def test_a_number_too_long_to_read_is_refused() -> None:
    content = f'[{FORMAT},"{FINGERPRINT}",{"9" * 5_000}]'.encode()
    assert refused_field(QUERY, 10, base64.urlsafe_b64encode(content).decode()) == "page_token"


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**300])
def test_a_number_that_no_database_holds_is_refused(number: int) -> None:
    # Any client can compute the fingerprint: it binds a token to its query, and does not sign it.
    token = _forged([FORMAT, FINGERPRINT, number])
    numbered = Query(QUERY.method, QUERY.arguments, (int,))
    assert refused_field(numbered, 10, token) == "page_token"


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_no_database_holds_is_refused(text: str) -> None:
    assert refused_field(QUERY, 10, _forged([FORMAT, FINGERPRINT, text])) == "page_token"


@pytest.mark.parametrize("letter", ["x", "é", "日", "\U0001f600", '"'])
def test_the_longest_path_of_a_file_fits_into_a_token(letter: str) -> None:
    # ListVersionFiles positions by number and path; a path has up to 1,024 bytes.
    path = letter * (1_024 // len(letter.encode()))
    key = (10**18 - 1, path)
    query = Query("files", (), (int, str))
    assert query.page(10, query.token(key, HISTORY)).after == key


def test_a_token_is_opaque_and_travels_in_urls() -> None:
    token = QUERY.token(("some model",), HISTORY)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert "some model" not in token


@pytest.mark.parametrize(
    "asked, granted",
    [
        (0, DEFAULT_SIZE),
        (1, 1),
        (MAX_SIZE, MAX_SIZE),
        (MAX_SIZE + 1, MAX_SIZE),
        (2**31 - 1, MAX_SIZE),
    ],
)
def test_sizes_have_a_default_and_a_most(asked: int, granted: int) -> None:
    assert QUERY.page(asked, "") == Page(granted, None)


def test_a_list_can_have_sizes_of_its_own() -> None:
    assert QUERY.page(0, "", default=1_000, most=5_000).size == 1_000
    assert QUERY.page(9_999, "", default=1_000, most=5_000).size == 5_000


@pytest.mark.parametrize("size", [-1, -(2**31)])
def test_a_negative_size_is_refused(size: int) -> None:
    assert refused_field(QUERY, size, "") == "page_size"
