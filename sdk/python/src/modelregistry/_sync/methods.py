# Generated from _async/methods.py by scripts/generate_sync.py: never edit this.
"""The base of the client's groups of methods."""

from modelregistry import names
from modelregistry._convert.writing import invalid, is_unicode
from modelregistry._sync.connection import Connection
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
        _require_text("namespace", namespace or "")
        return names.namespace_name(namespace or self._namespace)

    def _model(self, model: str | Model) -> str:
        if isinstance(model, Model):
            return model.name
        _require_text("model", model)
        return names.model_name(model, self._namespace)

    def _alias(self, model: str | Model, alias: str) -> str:
        _require_text("alias", alias)
        return f"{self._model(model)}/aliases/{alias}"

    def _ref(self, version: str | Version) -> str:
        if isinstance(version, Version):
            return version.name
        _require_text("version", version)
        return names.qualified(version, self._namespace)

    def _version_name(self, version: str | Version) -> str:
        """Return the full name of a version that is given by number."""
        ref = self._ref(version)
        if "/versions/" in ref:
            return ref
        return f"{names.model_of(ref)}/versions/{ref.rpartition('/')[2]}"


def _require_text(field: str, value: object) -> None:
    if not isinstance(value, str):
        raise invalid(field, f"must be text (str), not {type(value).__name__}")
    if not value.isascii() and not is_unicode(value):
        raise invalid(field, "is not valid Unicode")


def nothing_to_change(fields: str) -> InvalidRequest:
    """Return the error for an update without fields, which the wire would read as all fields."""
    problem = f"nothing to change: give {fields}"
    return InvalidRequest(problem, violations=[Violation("update_mask", problem)])
