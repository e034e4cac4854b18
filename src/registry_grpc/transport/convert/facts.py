"""The facts of a version to and from messages."""

from collections.abc import Mapping
from uuid import UUID

from modelregistry.v1 import version_pb2
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
    VersionOrigin,
)
from registry_grpc.domain.ids import uuid
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.ensemble import spec_from, spec_message

ROLES = {
    DatasetRole.TRAINING: version_pb2.DATASET_ROLE_TRAINING,
    DatasetRole.VALIDATION: version_pb2.DATASET_ROLE_VALIDATION,
    DatasetRole.TEST: version_pb2.DATASET_ROLE_TEST,
}
ROLES_BACK = {message: role for role, message in ROLES.items()}


def write_detail(detail: VersionDetail, message: version_pb2.Version) -> None:
    """Fill the fields of VERSION_VIEW_FULL."""
    if detail.environment is not None:
        message.environment.CopyFrom(_environment(detail.environment))
    if detail.source is not None:
        message.source.CopyFrom(_source(detail.source))
    message.inputs.extend(
        version_pb2.DatasetInput(uri=item.uri, digest=item.digest, role=ROLES[item.role])
        for item in detail.inputs
    )
    message.parents.extend(detail.parents)
    message.params.update(detail.params)
    message.slices.extend(slice_message(item) for item in detail.slices)
    if detail.signature is not None:
        message.signature.inputs.extend(_tensor(item) for item in detail.signature.inputs)
        message.signature.outputs.extend(_tensor(item) for item in detail.signature.outputs)
        message.signature.SetInParent()
    if detail.copied_from is not None:
        message.copied_from.CopyFrom(_origin(detail.copied_from))
    if detail.ensemble is not None:
        message.ensemble.CopyFrom(spec_message(detail.ensemble))


def detail_from(message: version_pb2.Version, found: Violations) -> VersionDetail:
    """Return the facts in a message; note what cannot be read."""
    return VersionDetail(
        environment=_environment_from(message),
        source=_source_from(message),
        inputs=_inputs_from(message, found),
        parents=tuple(message.parents),
        params=dict(message.params),
        slices=tuple(slice_from(item) for item in message.slices),
        signature=_signature_from(message),
        copied_from=_origin_from(message, found),
        ensemble=spec_from(message.ensemble) if message.HasField("ensemble") else None,
    )


def number_from(value: float) -> float:
    """Return a number of a message, -0.0 as 0.0: PostgreSQL keeps no sign of zero.

    The digest of a record would otherwise be of a number that no reply has.
    """
    return value + 0.0


def metrics_from(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics in a message."""
    return {name: number_from(value) for name, value in metrics.items()}


def _environment(environment: Environment) -> version_pb2.Environment:
    packages = (version_pb2.Package(name=p.name, version=p.version) for p in environment.packages)
    return version_pb2.Environment(
        python_version=environment.python_version,
        platform=environment.platform,
        packages=packages,
        image=environment.image,
        accelerator=environment.accelerator,
    )


def _environment_from(message: version_pb2.Version) -> Environment | None:
    if not message.HasField("environment"):
        return None
    value = message.environment
    return Environment(
        python_version=value.python_version,
        platform=value.platform,
        packages=tuple(Package(item.name, item.version) for item in value.packages),
        image=value.image,
        accelerator=value.accelerator,
    )


def _source(source: Source) -> version_pb2.Source:
    return version_pb2.Source(
        repository=source.repository,
        commit=source.commit,
        dirty=source.dirty,
        run_id=source.run_id,
        entry_point=source.entry_point,
        uri=source.uri,
        run_link=source.run_link,
    )


def _source_from(message: version_pb2.Version) -> Source | None:
    if not message.HasField("source"):
        return None
    value = message.source
    return Source(
        repository=value.repository,
        commit=value.commit,
        dirty=value.dirty if value.HasField("dirty") else None,
        run_id=value.run_id,
        entry_point=value.entry_point,
        uri=value.uri,
        run_link=value.run_link,
    )


def _origin(origin: VersionOrigin) -> version_pb2.VersionOrigin:
    return version_pb2.VersionOrigin(
        registry=origin.registry, version=origin.version, uid=str(origin.uid)
    )


def _origin_from(message: version_pb2.Version, found: Violations) -> VersionOrigin | None:
    if not message.HasField("copied_from"):
        return None
    value = message.copied_from
    uid = found.parse("version.copied_from.uid", uuid, value.uid)
    # The stand-in keeps what follows checked; what is noted gets nowhere.
    return VersionOrigin(value.version, uid or UUID(int=0), value.registry)


def _inputs_from(message: version_pb2.Version, found: Violations) -> tuple[DatasetInput, ...]:
    inputs = []
    for index, item in enumerate(message.inputs):
        role = ROLES_BACK.get(item.role)
        if role is None:
            found.add(f"version.inputs[{index}].role", "is required: training, validation or test")
        # The stand-in keeps the places of what follows; what is noted gets nowhere.
        inputs.append(DatasetInput(item.uri, item.digest, role or DatasetRole.TRAINING))
    return tuple(inputs)


def slice_message(item: SliceMetric) -> version_pb2.SliceMetric:
    """Return the message."""
    message = version_pb2.SliceMetric(
        dimension=item.dimension,
        value=item.value,
        count=item.count,
        metric=item.metric,
        result=item.result,
    )
    if item.interval is not None:
        message.interval.low = item.interval.low
        message.interval.high = item.interval.high
        message.interval.level = item.interval.level
    return message


def slice_from(message: version_pb2.SliceMetric) -> SliceMetric:
    """Return the slice in a message."""
    interval = None
    if message.HasField("interval"):
        value = message.interval
        interval = ConfidenceInterval(
            number_from(value.low), number_from(value.high), number_from(value.level)
        )
    return SliceMetric(
        dimension=message.dimension,
        value=message.value,
        count=message.count,
        metric=message.metric,
        result=number_from(message.result),
        interval=interval,
    )


def _tensor(item: TensorSpec) -> version_pb2.TensorSpec:
    return version_pb2.TensorSpec(name=item.name, dtype=item.dtype, shape=item.shape)


def _signature_from(message: version_pb2.Version) -> Signature | None:
    if not message.HasField("signature"):
        return None
    return Signature(
        inputs=tuple(_tensor_from(item) for item in message.signature.inputs),
        outputs=tuple(_tensor_from(item) for item in message.signature.outputs),
    )


def _tensor_from(message: version_pb2.TensorSpec) -> TensorSpec:
    return TensorSpec(message.name, message.dtype, tuple(message.shape))
