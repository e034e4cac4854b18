"""Webhooks of MLflow's API: refused. The registry has watches and its own deliveries."""

from typing import Any, NoReturn

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import NOT_IMPLEMENTED
from mlflow.store.entities.paged_list import PagedList
from typing_extensions import override

from modelregistry_mlflow.base import StoreBase

_REFUSAL = (
    "The model registry delivers no webhooks of MLflow. Watch its changes instead: "
    "`modelreg watch`, or Client.watch of the package modelregistry. Each change is delivered "
    "exactly once, in order, whichever program made it."
)


class Webhooks(StoreBase):
    """The methods of MLflow's store for webhooks.

    There are none, so lists are empty: `mlflow server` reads one after each change.
    """

    @override
    def create_webhook(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NOT_IMPLEMENTED."""
        raise _refusal()

    @override
    def get_webhook(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NOT_IMPLEMENTED."""
        raise _refusal()

    @override
    def update_webhook(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NOT_IMPLEMENTED."""
        raise _refusal()

    @override
    def delete_webhook(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NOT_IMPLEMENTED."""
        raise _refusal()

    @override
    def test_webhook(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NOT_IMPLEMENTED."""
        raise _refusal()

    @override
    def list_webhooks(
        self, max_results: int | None = None, page_token: str | None = None
    ) -> PagedList:
        """Return an empty list."""
        return PagedList([], None)

    @override
    def list_webhooks_by_event(
        self, event: Any, max_results: int | None = None, page_token: str | None = None
    ) -> PagedList:
        """Return an empty list."""
        return PagedList([], None)


def _refusal() -> MlflowException:
    return MlflowException(_REFUSAL, NOT_IMPLEMENTED)
