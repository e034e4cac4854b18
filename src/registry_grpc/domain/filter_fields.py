"""Which fields the lists can be filtered by; the contract's comments name them too."""

from registry_grpc.domain.filter import FieldType, Schema

MODEL_FILTER: Schema = {
    "id": FieldType.TEXT,
    "description": FieldType.TEXT,
    "owner": FieldType.TEXT,
    "creator": FieldType.TEXT,
    "create_time": FieldType.TIME,
    "update_time": FieldType.TIME,
    "labels": FieldType.TEXT_MAP,
}

VERSION_FILTER: Schema = {
    "number": FieldType.NUMBER,
    "size_bytes": FieldType.NUMBER,
    "file_count": FieldType.NUMBER,
    "description": FieldType.TEXT,
    "creator": FieldType.TEXT,
    "stage": FieldType.TEXT,
    "state": FieldType.TEXT,
    "root_digest": FieldType.TEXT,
    "create_time": FieldType.TIME,
    "labels": FieldType.TEXT_MAP,
    "tags": FieldType.TEXT_MAP,
    "params": FieldType.TEXT_MAP,
    "metrics": FieldType.NUMBER_MAP,
}
