"""Finding nodes of the lineage."""

from registry_grpc.domain.errors import LineageNodeNotFound
from registry_grpc.domain.lineage import Node, ThingNode
from registry_grpc.domain.names import LineageName
from registry_grpc.domain.reference import Reference
from registry_grpc.services.lookup import find_version
from registry_grpc.services.ports.database import Transaction


def find_thing(tx: Transaction, name: LineageName) -> ThingNode:
    """Return a node that is not a version; raise LineageNodeNotFound."""
    node = tx.lineage.nodes([name.uuid]).get(name.uuid)
    if not isinstance(node, ThingNode) or node.name != name:
        raise LineageNodeNotFound(str(name))
    return node


def find_node(tx: Transaction, node: Reference | LineageName) -> Node:
    """Return a node by name or reference.

    Raises what `find_version` raises, or LineageNodeNotFound.
    """
    if isinstance(node, LineageName):
        return find_thing(tx, node)
    uid = find_version(tx, node, full=False).uid
    return tx.lineage.nodes([uid])[uid]
