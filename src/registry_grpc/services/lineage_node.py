"""Finding nodes of the lineage."""

from registry_grpc.domain.errors import LineageNodeNotFound, VersionNotFound
from registry_grpc.domain.lineage import Node, ThingNode
from registry_grpc.domain.names import LineageName
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.version import Version
from registry_grpc.services.lookup import find_version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_model


def find_thing(tx: Transaction, name: LineageName) -> ThingNode:
    """Return a node that is not a version; raise LineageNodeNotFound."""
    node = tx.lineage.nodes([name.uuid]).get(name.uuid)
    if not isinstance(node, ThingNode) or node.name != name:
        raise LineageNodeNotFound(str(name))
    return node


def find_node(tx: Transaction, node: Reference | LineageName) -> Node:
    """Return a node by name or reference. A version has a number even if its model is deleted.

    Raises what `find_version` raises, or LineageNodeNotFound.
    """
    if isinstance(node, LineageName):
        return find_thing(tx, node)
    uid = _version(tx, node).uid
    return tx.lineage.nodes([uid])[uid]


def _version(tx: Transaction, reference: Reference) -> Version:
    if not isinstance(reference.selector, ByNumber):
        return find_version(tx, reference, full=False)
    # What derives from a version does not end with its model.
    number = reference.selector.number
    version = tx.versions.get(require_model(tx, reference.model), number, full=False)
    if version is None:
        raise VersionNotFound(str(reference.model.version(number)))
    return version
