"""Every field that lists can be filtered by has a column of its kind."""

import pytest
from sqlalchemy import BigInteger, Integer

from registry_grpc.domain.filter_fields import MODEL_FILTER, VERSION_FILTER
from registry_grpc.domain.filter_value import FieldType, Schema
from registry_grpc.persistence.columns import DOCUMENT, Moment
from registry_grpc.persistence.filter import MODEL_COLUMNS, VERSION_COLUMNS, Columns

_BOTH = [(MODEL_FILTER, MODEL_COLUMNS), (VERSION_FILTER, VERSION_COLUMNS)]


@pytest.mark.parametrize("schema, columns", _BOTH)
def test_fields_and_columns_agree(schema: Schema, columns: Columns) -> None:
    assert set(schema) == set(columns)


@pytest.mark.parametrize("schema, columns", _BOTH)
def test_fields_and_columns_have_the_same_kinds(schema: Schema, columns: Columns) -> None:
    for field, kind in schema.items():
        if field == "annotations":
            continue  # they have a table of their own, with the uid
        column = columns[field].type
        is_map = kind in {FieldType.TEXT_MAP, FieldType.NUMBER_MAP}
        assert (column is DOCUMENT) == is_map
        assert isinstance(column, Moment) == (kind is FieldType.TIME)
        assert isinstance(column, BigInteger) == (kind is FieldType.INTEGER)
        assert isinstance(column, Integer) == (kind in {FieldType.INTEGER, FieldType.BOOLEAN})
