"""Registration schemas to and from messages."""

from modelregistry.v1 import registration_schema_pb2 as pb
from registry_grpc.domain.facts import DatasetRole
from registry_grpc.domain.registration_schema import RegistrationSchema, SchemaDraft
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.domain.violations import Violations
from registry_grpc.services.registration_schema import SchemaFailure
from registry_grpc.transport.convert.facts import ROLES, ROLES_BACK
from registry_grpc.transport.convert.time import timestamp


def schema_message(schema: RegistrationSchema) -> pb.RegistrationSchema:
    """Return the message."""
    return pb.RegistrationSchema(
        name=str(schema.name),
        number=schema.number,
        json_schema=schema.draft.json_schema,
        check_formats=schema.draft.check_formats,
        required=_required(schema.draft.required),
        etag=schema.etag,
        updater=schema.updater,
        update_time=timestamp(schema.update_time),
        revision=schema.revision,
    )


def failure_message(failure: SchemaFailure) -> pb.SchemaFailure:
    """Return the message."""
    return pb.SchemaFailure(version=str(failure.version), violations=failure.violations)


def schema_draft(message: pb.RegistrationSchema, found: Violations) -> SchemaDraft:
    """Return the parts that people write; note what cannot be read."""
    return SchemaDraft(
        json_schema=message.json_schema,
        check_formats=message.check_formats,
        required=_required_from(message.required, found),
    )


def _required(required: RequiredFacts) -> pb.RequiredFacts:
    return pb.RequiredFacts(
        files=required.files,
        labels=required.labels,
        tags=required.tags,
        metrics=required.metrics,
        pinned_inputs=[ROLES[role] for role in required.pinned_inputs],
        clean_commit=required.clean_commit,
        environment_lock=required.environment_lock,
        signature=required.signature,
        slices=required.slices,
        stored_bytes=required.stored_bytes,
    )


def _required_from(message: pb.RequiredFacts, found: Violations) -> RequiredFacts:
    roles: list[DatasetRole] = []
    for index, item in enumerate(message.pinned_inputs):
        if item in ROLES_BACK:
            roles.append(ROLES_BACK[item])
        else:
            field = f"schema.required.pinned_inputs[{index}]"
            found.add(field, "must be training, validation or test")
    return RequiredFacts(
        files=tuple(message.files),
        labels=tuple(message.labels),
        tags=tuple(message.tags),
        metrics=tuple(message.metrics),
        pinned_inputs=tuple(roles),
        clean_commit=message.clean_commit,
        environment_lock=message.environment_lock,
        signature=message.signature,
        slices=tuple(message.slices),
        stored_bytes=message.stored_bytes,
    )
