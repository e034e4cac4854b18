"""The names of models: one model of a namespace for each key of ids (`name_key`)."""

from datetime import UTC, datetime

from registry_grpc.domain.errors import ModelAlreadyExists
from registry_grpc.domain.model import Model, ModelAction
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_namespace


def require_unused(tx: Transaction, name: ModelName, by: Model | None = None) -> Model | None:
    """Raise ModelAlreadyExists when a model has the name, or one that is equal by its key.

    by: the model that is to have it. Returns the purged model that would lose it, where the
    namespace reuses names; else None. Raises NamespaceNotFound.
    """
    other, namespace = tx.models.equal(name), require_namespace(tx, name.namespace)
    if other is None or (by is not None and other.uid == by.uid):
        return None
    if other.purge_time is not None and namespace.reuse_purged_names:
        return other
    raise ModelAlreadyExists(
        str(other.name),
        _text(other.delete_time),
        _deleter(tx, other),
        _text(other.purge_time),
        wanted="" if other.name == name else name.model,
    )


def take_name(tx: Transaction, name: ModelName, by: Model | None = None) -> tuple[str, ...]:
    """Take a name for a model; raises as `require_unused`.

    Returns the names in other spellings that led to another model until now.
    """
    purged = require_unused(tx, name, by)
    if purged is not None:
        tx.model_names.end(purged)
    found = tx.model_names.redirects(name)
    if found is None or (by is not None and found[0] == by.uid):
        return ()
    return tuple(map(str, found[1]))


def _deleter(tx: Transaction, model: Model) -> str:
    """Return the principal that deleted a model; '' if it is not, or if the trail has lost it."""
    if model.delete_time is None:
        return ""
    selection = Selection(
        wanted=Wanted(model.name.namespace, frozenset({str(model.name)})), action=ModelAction.DELETE
    )
    last = tx.log.entries(selection, Span(newest_first=True), 1)
    return last[0].change.actor if last else ""


def _text(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
