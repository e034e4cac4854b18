"""The tables of rules and evidence: policies, evaluations and attestations."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key

# dimensions: pairs of dimension and metric, of what is in slices, which are read only if needed.
evaluations = Table(
    "evaluations",
    METADATA,
    key("uid", UID),
    column("version_uid", UID, "versions.uid"),
    column("revision", BigInteger()),
    column("time", Moment()),
    column("creator", BYTEWISE),
    column("digest", Sha256()),
    column("dataset_uri", BYTEWISE),
    column("dataset_digest", BYTEWISE),
    column("evaluator", BYTEWISE),
    column("evaluator_digest", BYTEWISE),
    column("description", BYTEWISE),
    column("metrics", DOCUMENT),
    column("dimensions", DOCUMENT),
    column("slice_count", BigInteger()),
    column("slices", DOCUMENT),
    Index(None, "version_uid", "revision"),
)

attestations = Table(
    "attestations",
    METADATA,
    key("uid", UID),
    column("version_uid", UID, "versions.uid"),
    column("revision", BigInteger()),
    column("time", Moment()),
    column("creator", BYTEWISE),
    column("predicate_type", BYTEWISE),
    column("payload_digest", Sha256()),
    column("signer", BYTEWISE),
    Index(None, "version_uid", "revision"),
)

# Those in force. What they say stands in the revision.
policies = Table(
    "policies",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("policy_id", BYTEWISE),
    column("number", BigInteger()),
    column("to_stage", BYTEWISE),
    Index(None, "namespace", "to_stage", "policy_id"),
)

policy_revisions = Table(
    "policy_revisions",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("policy_id", BYTEWISE),
    key("number", BigInteger()),
    column("revision", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("deleted", Boolean()),
    column("digest", Sha256()),
    column("document", DOCUMENT),
    CheckConstraint("number >= 1", name="number"),
)
