"""The common attributes of all resources whose changes the log records."""

from typing import Protocol

from registry_grpc.domain.resource_name import ResourceName


class Resource(Protocol):
    """A resource that has a row in `domain/resources.py`."""

    @property
    def name(self) -> ResourceName:
        """Its parsed name."""
