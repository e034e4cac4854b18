"""The measure of a record is never below what it is encoded to, and close to it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.facts import (
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Environment,
    Package,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    VersionDetail,
)
from registry_grpc.transport.convert.version import version_message
from tests.contract.database_examples import a_model, a_version

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
VERSION = a_version(a_model("fraud"), 7)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
DETAILS = st.builds(
    VersionDetail,
    environment=st.none()
    | st.builds(
        Environment,
        python_version=TEXT,
        packages=st.lists(st.builds(Package, TEXT, TEXT), max_size=5).map(tuple),
        image=TEXT,
    ),
    source=st.none() | st.builds(Source, TEXT, dirty=st.none() | st.booleans(), run_id=TEXT),
    inputs=st.lists(
        st.builds(DatasetInput, TEXT, TEXT, st.sampled_from(DatasetRole)), max_size=5
    ).map(tuple),
    parents=st.lists(TEXT, max_size=5).map(tuple),
    params=st.dictionaries(TEXT, TEXT, max_size=5),
    slices=st.lists(
        st.builds(
            SliceMetric,
            TEXT,
            TEXT,
            st.integers(0, 2**63 - 1),
            TEXT,
            NUMBERS,
            st.none() | st.builds(ConfidenceInterval, NUMBERS, NUMBERS, NUMBERS),
        ),
        max_size=5,
    ).map(tuple),
    signature=st.none()
    | st.builds(
        Signature,
        inputs=st.lists(
            st.builds(
                TensorSpec,
                TEXT,
                TEXT,
                st.lists(st.integers(-1, 2**63 - 1), max_size=32).map(tuple),
            ),
            max_size=3,
        ).map(tuple),
    ),
)


@given(DETAILS)
def test_no_detail_is_encoded_to_more(detail: VersionDetail) -> None:
    version = replace(VERSION, detail=None)
    alone = version_message(version, full=False).ByteSize()
    whole = version_message(replace(version, detail=detail), full=True).ByteSize()
    assert whole - alone <= most_encoded(detail)


def test_no_version_without_detail_is_encoded_to_more() -> None:
    version = replace(
        VERSION,
        description="ä" * 999,
        tags={"team": "risk", "x": "漢" * 80},
        metrics={f"m{number}": number / 3 for number in range(100)},
        aliases=tuple(f"alias-{number}" for number in range(100)),
    )
    assert version_message(version, full=False).ByteSize() <= most_encoded(version)


@pytest.mark.parametrize("length", [500, 4_000])
def test_long_texts_are_measured_closely(length: int) -> None:
    detail = VersionDetail(params={str(number): "v" * length for number in range(100)})
    assert most_encoded(detail) < 1.1 * 100 * length
