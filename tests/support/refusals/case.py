"""One row of the table of bad input, and the registry that receives its request."""
# ruff: noqa: ANN401 - whatever a message has for fields

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from tests.support.content import NAMESPACE
from tests.support.stubs import Stubs

ABSENT = "sha256:" + "0" * 64
UNKNOWN_UPLOAD = f"{NAMESPACE}/uploads/01890000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class World:
    """The resources of a test.

    model: with two versions, the first in production and in a route, an alias on the second, and a
    third that is deleted. governed: with a version whose way to staging the policy `quality`
    guards. open: the transition there, which awaits an approval; applied: one that has ended.
    """

    stubs: Stubs
    model: str
    deleted_model: str
    governed: str
    digest: str
    upload: str
    open: str
    applied: str

    @property
    def id(self) -> str:
        """The first model, as references name it."""
        return self.model.rpartition("/")[2]

    def file(
        self, path: str = "model.bin", size: int = 7, digest: str = ""
    ) -> version_pb2.FileEntry:
        """Return a manifest entry, by default of bytes that are there."""
        return version_pb2.FileEntry(path=path, digest=digest or self.digest, size_bytes=size)

    def register(self, *paths: str, **fields: Any) -> catalog.RegisterVersionRequest:
        """Return a registration with these paths, right but for what is given."""
        files = fields.pop("files", [self.file(path) for path in paths or ("model.bin",)])
        parent = fields.pop("parent", self.model)
        version = version_pb2.Version(**fields.pop("version", {}))
        return catalog.RegisterVersionRequest(parent=parent, files=files, version=version, **fields)

    def copy(self, **fields: Any) -> catalog.CopyVersionRequest:
        """Return a copy of the second version in its own model, right but for what is given."""
        asked = {"parent": self.model, "source": f"{self.id}/2", **fields}
        return catalog.CopyVersionRequest(**asked)


Make = Callable[[World], Any]
Case = tuple[str, Make, str, tuple[str, ...]]


def case(method: str, make: Make, reason: str, *fields: str) -> Case:
    """Return one row."""
    return (method, make, reason, fields)


def in_future() -> Timestamp:
    """Return a moment an hour from now."""
    moment = Timestamp()
    moment.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    return moment
