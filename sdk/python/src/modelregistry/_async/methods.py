"""The base of the client's groups of methods."""

from modelregistry import names
from modelregistry._async.connection import Connection
from modelregistry.errors import InvalidRequest, Violation
from modelregistry.types import Model, Version


class Methods:
    """A connection, and the completion of names with the client's namespace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _namespace(self) -> str:
        return self._connection.settings.namespace

    def _parent(self, namespace: str | None) -> str:
        return names.namespace_name(namespace or self._namespace)

    def _model(self, model: str | Model) -> str:
        if isinstance(model, Model):
            return model.name
        return names.model_name(model, self._namespace)

    def _alias(self, model: str | Model, alias: str) -> str:
        return f"{self._model(model)}/aliases/{alias}"

    def _ref(self, version: str | Version) -> str:
        if isinstance(version, Version):
            return version.name
        return names.qualified(version, self._namespace)


def nothing_to_change(fields: str) -> InvalidRequest:
    """Return the error for an update without fields, which the wire would read as all fields."""
    problem = f"nothing to change: give {fields}"
    return InvalidRequest(problem, violations=[Violation("update_mask", problem)])
