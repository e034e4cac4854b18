"""The tables of ensembles. Whether one is blocked now is in `version_heads`."""

from sqlalchemy import BigInteger, Boolean, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment
from registry_grpc.persistence.schema import METADATA, column, key

# The direct members, in order. The models repeat those of versions, so that models are searched by
# them; without references, which a change of a model would have to look up.
ensemble_members = Table(
    "ensemble_members",
    METADATA,
    key("ensemble_uid", UID, "versions.uid"),
    key("ordinal", BigInteger()),
    column("role", BYTEWISE),
    column("member_uid", UID, "versions.uid"),
    column("soft", Boolean()),
    column("model_uid", UID),
    column("member_model_uid", UID),
    Index(None, "member_uid", "ensemble_uid"),
    Index(None, "member_model_uid", "model_uid"),
)

# What each ensemble that is not deleted contains, in any level.
ensemble_closures = Table(
    "ensemble_closures",
    METADATA,
    key("ensemble_uid", UID, "versions.uid"),
    key("member_uid", UID, "versions.uid"),
    Index(None, "member_uid"),
)

ensemble_entries = Table(
    "ensemble_entries",
    METADATA,
    key("ensemble_uid", UID, "versions.uid"),
    key("revision", BigInteger()),
    column("summary", DOCUMENT),
    column("time", Moment()),
)
