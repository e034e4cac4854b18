"""The tables of deployments: instances, and the versions that they report to serve."""

from sqlalchemy import BigInteger, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, UID, Moment
from registry_grpc.persistence.schema import METADATA, column, key

# session: of the stream that reports the instance; whatever another one writes is refused. ttl:
# microseconds. expire_at: microseconds since the epoch of Unix by the clock of the database; a
# column of its own type, because no clock of a server may be compared with it. size: bytes of its
# deployments.
deployment_instances = Table(
    "deployment_instances",
    METADATA,
    key("namespace", BYTEWISE),
    key("target", BYTEWISE),
    key("instance", BYTEWISE),
    column("principal", BYTEWISE),
    column("session", BYTEWISE),
    column("ttl", BigInteger()),
    column("expire_at", BigInteger()),
    column("size", BigInteger()),
    Index(None, "session"),
    Index(None, "expire_at"),
)

# follows: the selector of the reference. recorded_*: as the log has it.
deployments = Table(
    "deployments",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE),
    column("target", BYTEWISE),
    column("instance", BYTEWISE),
    column("model_uid", UID, "models.uid"),
    column("number", BigInteger()),
    column("follows", BYTEWISE),
    column("arm", BYTEWISE),
    column("phase", BYTEWISE),
    column("message", BYTEWISE),
    column("recorded_phase", BYTEWISE),
    column("recorded_message", BYTEWISE),
    column("reporter", BYTEWISE),
    column("create_time", Moment()),
    column("update_time", Moment()),
    Index(None, "namespace", "target", "instance", "uid"),
    Index(None, "model_uid", "target", "instance", "uid"),
    Index(None, "model_uid", "number", "target", "instance", "uid"),
    Index(None, "model_uid", "follows", "target", "instance", "uid"),
)
