"""The checks at the start of every read: the state is recent enough, and the parent exists."""

from datetime import datetime

from registry_grpc.domain.errors import (
    ModelNotFound,
    ModelRenamed,
    NamespaceNotFound,
    RevisionCompacted,
    RevisionNotReached,
)
from registry_grpc.domain.history import Position
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.domain.violations import invalid
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Transaction


def require_revision(tx: Transaction, seen: Position) -> None:
    """Raise unless this transaction sees what the caller has seen.

    Raises HistoryChanged for a position of another history, RevisionNotReached for one beyond it.
    """
    if seen == Position():
        return
    head = tx.head
    seen.require_in(head)
    if seen.revision > head.revision:
        raise RevisionNotReached(seen.revision, head.revision)


def require_past(tx: Transaction, moment: datetime, clock: Clock, field: str) -> None:
    """Raise InvalidRequest for a moment after both the clock and the newest change.

    A log whose changes are ahead of the clock knows what was true at their times.
    """
    if moment > clock() and moment > (tx.log.time_of(tx.head.revision) or clock()):
        raise invalid(field, "lies in the future")


def revision_then(tx: Transaction, moment: datetime) -> int:
    """Return the newest revision at `moment`; raise RevisionCompacted when the log has lost it."""
    found, trimmed = tx.revision_at(moment), tx.log.trimmed
    if trimmed and not found:
        raise RevisionCompacted(trimmed, trimmed, tx.revision)
    return found


def require_namespace(tx: Transaction, namespace: str) -> Namespace:
    """Return the namespace; raise NamespaceNotFound."""
    found = tx.namespaces.get(namespace)
    if found is None:
        raise NamespaceNotFound(str(NamespaceName(namespace)))
    return found


def require_model(tx: Transaction, name: ModelName) -> Model:
    """Return the model that has this name, also soft-deleted.

    Raises ModelRenamed for a former name, ModelNotFound or NamespaceNotFound.
    """
    model = tx.models.get(name)
    if model is None:
        raise no_such_model(tx, name)
    return model


def no_such_model(tx: Transaction, name: ModelName) -> ModelRenamed | ModelNotFound:
    """Return the error for a name that no model has; raise NamespaceNotFound."""
    renamed = tx.model_names.renamed(name)
    if renamed is not None:
        return ModelRenamed(str(name), str(renamed.name))
    require_namespace(tx, name.namespace)
    return ModelNotFound(str(name))


def find_model(tx: Transaction, name: ModelName) -> Model:
    """Return the model that has or had this name, also soft-deleted or purged.

    Raises ModelNotFound or NamespaceNotFound.
    """
    model = tx.models.get(name) or tx.model_names.renamed(name)
    if model is None:
        raise no_such_model(tx, name)
    return model


def find_whole_model(tx: Transaction, name: ModelName) -> Model:
    """Return the model that has or had this name, with annotations; raise as `find_model`."""
    return tx.models.with_annotations([find_model(tx, name)])[0]


def require_whole_model(tx: Transaction, name: ModelName) -> Model:
    """Return the model with its annotations, also soft-deleted; raise as `require_model`."""
    return tx.models.with_annotations([require_model(tx, name)])[0]


def require_live_model(tx: Transaction, name: ModelName) -> Model:
    """Return the model; raise ModelDeleted, ModelPurged, and as `require_model`."""
    model = require_model(tx, name)
    model.require_live()
    return model
