"""Checks of stages in queries: a stage that a namespace never had would find nothing."""

from registry_grpc.domain.filter import Node, comparisons
from registry_grpc.domain.filter_value import is_known, unknown_value
from registry_grpc.domain.violations import invalid
from registry_grpc.services.ports.database import Transaction

_STAGE = "stage"


def require_stage(
    tx: Transaction, namespace: str, field: str, stage: str, operator: str = "="
) -> None:
    """Raise InvalidRequest unless the namespace has this stage now, or had it once.

    operator: `:` for a part of a stage. Versions stay in stages that the graph no longer has.
    """
    names = tx.graphs.get(namespace, None).names
    if is_known(operator, stage, names):
        return
    if not is_known(operator, stage, tx.graphs.stages_ever(namespace)):
        raise invalid(field, unknown_value(_STAGE, stage, names))


def require_stages_of(tx: Transaction, namespace: str, where: Node | None) -> None:
    """Raise InvalidRequest for a filter with a stage that the namespace never had."""
    for one in comparisons(where):
        if one.field == _STAGE:
            require_stage(tx, namespace, "filter", str(one.value), one.operator)
