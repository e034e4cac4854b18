"""Denied requests of the audit trail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedRequest:
    """Why a request of a known caller was denied, as the audit trail keeps it."""

    number: int
    """Counts the recorded denied requests of the registry, from 1."""
    method: str
    """The method of the contract, such as `modelregistry.v1.CatalogService/SetAlias`."""
    reason: str
    """The reason of the error, such as `PERMISSION_DENIED` or `GATE_REFUSED`."""
    message: str = ""
    """The message of the error that the caller received."""
    causes: tuple[str, ...] = ()
    """The causes, such as each rule that was not satisfied."""
    request_id: str = ""
    """The id of the call, as the server's log has it."""
    omitted: int = 0
    """The number of denied requests since the previous record that were not recorded."""
