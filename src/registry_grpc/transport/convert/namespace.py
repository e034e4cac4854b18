"""Namespaces as messages."""

from modelregistry.v1 import namespace_pb2
from registry_grpc.domain.namespace import Namespace
from registry_grpc.transport.convert.time import timestamp


def namespace_message(namespace: Namespace) -> namespace_pb2.Namespace:
    """Return the message."""
    return namespace_pb2.Namespace(
        name=str(namespace.name),
        description=namespace.description,
        create_time=timestamp(namespace.create_time),
        creator=namespace.creator,
        revision=namespace.revision,
    )
