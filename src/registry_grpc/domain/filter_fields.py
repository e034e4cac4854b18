"""Which fields the lists can be filtered by; the contract's comments name them too."""

from registry_grpc.domain.filter_value import FieldType, Schema

MODEL_FILTER: Schema = {
    "id": FieldType.TEXT,
    "description": FieldType.TEXT,
    "owner": FieldType.TEXT,
    "creator": FieldType.TEXT,
    "create_time": FieldType.TIME,
    "update_time": FieldType.TIME,
    "activity_time": FieldType.TIME,
    "labels": FieldType.TEXT_MAP,
    "annotations": FieldType.TEXT_MAP,
}

VERSION_FILTER: Schema = {
    "number": FieldType.INTEGER,
    "size_bytes": FieldType.INTEGER,
    "file_count": FieldType.INTEGER,
    "description": FieldType.TEXT,
    "creator": FieldType.TEXT,
    "stage": FieldType.STAGE,
    "state": FieldType.STATE,
    "root_digest": FieldType.DIGEST,
    "create_time": FieldType.TIME,
    "update_time": FieldType.TIME,
    "source.uri": FieldType.TEXT,
    "run_id": FieldType.TEXT,
    "by_reference": FieldType.BOOLEAN,
    "labels": FieldType.TEXT_MAP,
    "tags": FieldType.TEXT_MAP,
    "params": FieldType.TEXT_MAP,
    "annotations": FieldType.TEXT_MAP,
    "metrics": FieldType.NUMBER_MAP,
}

ALL_VERSIONS_FILTER: Schema = {**VERSION_FILTER, "model": FieldType.TEXT}
"""Of lists of the versions of all models."""
