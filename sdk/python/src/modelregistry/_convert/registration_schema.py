"""Registration schemas, in both directions."""

from modelregistry._convert import checked, times
from modelregistry._convert.facts import role_from_number
from modelregistry._convert.writing import build, enum_number
from modelregistry.types import RegistrationSchema, RequiredFacts, SchemaFailure
from modelregistry.v1 import registration_schema_pb2 as pb
from modelregistry.v1 import version_pb2


def schema_from_message(message: pb.RegistrationSchema) -> RegistrationSchema:
    """Read a schema."""
    return RegistrationSchema(
        json_schema=message.json_schema,
        check_formats=message.check_formats,
        required=_required_from_message(message.required),
        name=checked.resource_name(message.name),
        number=checked.count(message.number, "number"),
        etag=message.etag,
        updater=message.updater,
        update_time=times.of(message, "update_time"),
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def schema_to_message(
    schema: RegistrationSchema, *, name: str = "", etag: str = ""
) -> pb.RegistrationSchema:
    """Write the fields of a schema that users set."""
    return build(
        pb.RegistrationSchema,
        name=name,
        json_schema=schema.json_schema,
        check_formats=schema.check_formats,
        required=_required_to_message(schema.required),
        etag=etag,
    )


def failure_from_message(message: pb.SchemaFailure) -> SchemaFailure:
    """Read a version that violates a schema, and its violations."""
    return SchemaFailure(
        version=checked.version_name(message.version, "version"),
        violations=tuple(message.violations),
    )


def _required_from_message(message: pb.RequiredFacts) -> RequiredFacts:
    return RequiredFacts(
        files=tuple(message.files),
        labels=tuple(message.labels),
        tags=tuple(message.tags),
        metrics=tuple(message.metrics),
        pinned_inputs=tuple(map(role_from_number, message.pinned_inputs)),
        clean_commit=message.clean_commit,
        environment_lock=message.environment_lock,
        signature=message.signature,
        slices=tuple(message.slices),
        stored_bytes=message.stored_bytes,
    )


def _required_to_message(required: RequiredFacts) -> pb.RequiredFacts:
    return build(
        pb.RequiredFacts,
        files=required.files,
        labels=required.labels,
        tags=required.tags,
        metrics=required.metrics,
        pinned_inputs=[
            version_pb2.DatasetRole.ValueType(enum_number("pinned_inputs", role))
            for role in required.pinned_inputs
        ],
        clean_commit=required.clean_commit,
        environment_lock=required.environment_lock,
        signature=required.signature,
        slices=required.slices,
        stored_bytes=required.stored_bytes,
    )
