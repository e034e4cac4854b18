"""The facts of a version: environment, source, data and quality, in both directions."""

from modelregistry._convert import checked
from modelregistry._convert.arguments import Violations
from modelregistry._convert.writing import build, enum_number
from modelregistry.types import (
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Environment,
    FileEntry,
    Package,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    VersionOrigin,
)
from modelregistry.v1 import version_pb2 as pb


def file_from_message(message: pb.FileEntry) -> FileEntry:
    """Read one file of a manifest: its path is safe to write to, its digest is valid."""
    return FileEntry(
        path=checked.path(message.path, "files.path"),
        digest=checked.digest(message.digest, "files.digest"),
        size_bytes=checked.count(message.size_bytes, "files.size_bytes"),
        media_type=message.media_type,
    )


def file_to_message(entry: FileEntry) -> pb.FileEntry:
    """Write one file of a manifest."""
    return build(
        pb.FileEntry,
        path=entry.path,
        digest=entry.digest,
        size_bytes=entry.size_bytes,
        media_type=entry.media_type,
    )


def environment_from_message(message: pb.Environment) -> Environment:
    """Read an environment."""
    return Environment(
        python_version=message.python_version,
        platform=message.platform,
        packages=tuple(Package(item.name, item.version) for item in message.packages),
        image=message.image,
        accelerator=message.accelerator,
    )


def environment_to_message(environment: Environment) -> pb.Environment:
    """Write an environment."""
    found = Violations()
    message = found.build(
        pb.Environment,
        python_version=environment.python_version,
        platform=environment.platform,
        packages=found.each("packages", environment.packages, Package, _package_to_message),
        image=environment.image,
        accelerator=environment.accelerator,
    )
    found.raise_if_any()
    return message


def _package_to_message(package: Package) -> pb.Package:
    return build(pb.Package, name=package.name, version=package.version)


def source_from_message(message: pb.Source) -> Source:
    """Read a source."""
    return Source(
        repository=message.repository,
        commit=message.commit,
        dirty=message.dirty if message.HasField("dirty") else None,
        run_id=message.run_id,
        entry_point=message.entry_point,
        uri=message.uri,
        run_link=message.run_link,
    )


def source_to_message(source: Source) -> pb.Source:
    """Write a source."""
    return build(
        pb.Source,
        repository=source.repository,
        commit=source.commit,
        dirty=source.dirty,
        run_id=source.run_id,
        entry_point=source.entry_point,
        uri=source.uri,
        run_link=source.run_link,
    )


def origin_from_message(message: pb.VersionOrigin) -> VersionOrigin:
    """Read the source of a copy."""
    return VersionOrigin(version=message.version, uid=message.uid, registry=message.registry)


def origin_to_message(origin: VersionOrigin) -> pb.VersionOrigin:
    """Write the source of a copy."""
    return build(pb.VersionOrigin, registry=origin.registry, version=origin.version, uid=origin.uid)


def role_from_number(number: int) -> DatasetRole | int:
    """Return the role, or the number itself when this release does not know it."""
    return DatasetRole(number) if number in set(DatasetRole) else number


def dataset_from_message(message: pb.DatasetInput) -> DatasetInput:
    """Read one input."""
    role = role_from_number(message.role)
    return DatasetInput(uri=message.uri, digest=message.digest, role=role)


def dataset_to_message(data: DatasetInput) -> pb.DatasetInput:
    """Write one input."""
    role = pb.DatasetRole.ValueType(enum_number("role", data.role))
    return build(pb.DatasetInput, uri=data.uri, digest=data.digest, role=role)


def slice_from_message(message: pb.SliceMetric) -> SliceMetric:
    """Read one metric of a slice."""
    bounds = message.interval
    return SliceMetric(
        dimension=message.dimension,
        value=message.value,
        metric=message.metric,
        result=checked.finite(message.result, "slices.result"),
        count=checked.count(message.count, "slices.count"),
        interval=(
            ConfidenceInterval(
                low=checked.finite(bounds.low, "slices.interval.low"),
                high=checked.finite(bounds.high, "slices.interval.high"),
                level=checked.finite(bounds.level, "slices.interval.level"),
            )
            if message.HasField("interval")
            else None
        ),
    )


def slice_to_message(measured: SliceMetric) -> pb.SliceMetric:
    """Write one metric of a slice."""
    found = Violations()
    message = found.build(
        pb.SliceMetric,
        dimension=measured.dimension,
        value=measured.value,
        metric=measured.metric,
        result=found.number("result", measured.result),
        count=measured.count,
        interval=found.one("interval", measured.interval, ConfidenceInterval, _interval_to_message),
    )
    found.raise_if_any()
    return message


def _interval_to_message(bounds: ConfidenceInterval) -> pb.ConfidenceInterval:
    found = Violations()
    message = pb.ConfidenceInterval(
        low=found.number("low", bounds.low),
        high=found.number("high", bounds.high),
        level=found.number("level", bounds.level),
    )
    found.raise_if_any()
    return message


def _tensor_from_message(message: pb.TensorSpec) -> TensorSpec:
    return TensorSpec(dtype=message.dtype, name=message.name, shape=tuple(message.shape))


def _tensor_to_message(tensor: TensorSpec) -> pb.TensorSpec:
    return build(pb.TensorSpec, dtype=tensor.dtype, name=tensor.name, shape=tensor.shape)


def signature_from_message(message: pb.Signature) -> Signature:
    """Read a signature."""
    return Signature(
        inputs=tuple(map(_tensor_from_message, message.inputs)),
        outputs=tuple(map(_tensor_from_message, message.outputs)),
    )


def signature_to_message(signature: Signature) -> pb.Signature:
    """Write a signature."""
    found = Violations()
    message = pb.Signature(
        inputs=found.each("inputs", signature.inputs, TensorSpec, _tensor_to_message),
        outputs=found.each("outputs", signature.outputs, TensorSpec, _tensor_to_message),
    )
    found.raise_if_any()
    return message
