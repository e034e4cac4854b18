"""The tables. What may change and what may not is guarded by triggers, see `guards.py`.

    namespaces ── models ─┬─ versions (immutable) ─┬─ version_heads (what changes of a version)
                          │                        └─ version_files (immutable)
                          ├─ aliases (heads) and alias_entries (append-only)
                          ├─ stage_entries (append-only; the head is in version_heads)
                          ├─ version_states (append-only; the head is in version_heads)
                          └─ model_lifecycle (append-only)
    versions ── evaluations, attestations (append-only)
    namespaces ── policies (heads) and policy_revisions (append-only)
    namespaces ── blobs, blob_marks, uploads
    namespaces ── lineage_nodes, lineage_edges, dataset_uses, lineage_records (append-only)
    namespaces ── registration_schemas (append-only; the highest number holds)
    tokens, request_replays, changes and moved_models (append-only), revision_counter (one row)
    refusals (append-only; what is trimmed of them and of the changes may go)
    retention (one row: how old what is trimmed has to be)

Constraints and indexes are named by convention: errors are recognised by these names.
"""

from registry_grpc.persistence.access_tables import request_replays, tokens
from registry_grpc.persistence.artifact_tables import blob_marks, blobs, uploads
from registry_grpc.persistence.catalog_tables import (
    alias_entries,
    aliases,
    model_lifecycle,
    models,
    namespaces,
    stage_entries,
    version_files,
    version_heads,
    version_states,
    versions,
)
from registry_grpc.persistence.consumer_tables import consumers
from registry_grpc.persistence.lineage_tables import (
    dataset_uses,
    lineage_edges,
    lineage_nodes,
    lineage_records,
)
from registry_grpc.persistence.log_tables import changes, moved_models, retention, revision_counter
from registry_grpc.persistence.policy_tables import (
    attestations,
    evaluations,
    policies,
    policy_revisions,
)
from registry_grpc.persistence.refusal_tables import refusals
from registry_grpc.persistence.registration_schema_tables import registration_schemas
from registry_grpc.persistence.schema import METADATA
from registry_grpc.persistence.schema_tables import schema_compatibility
from registry_grpc.persistence.stage_graph_tables import stage_graphs
from registry_grpc.persistence.transition_tables import transition_moves, transitions

__all__ = [
    "METADATA",
    "alias_entries",
    "aliases",
    "attestations",
    "blob_marks",
    "blobs",
    "changes",
    "consumers",
    "dataset_uses",
    "evaluations",
    "lineage_edges",
    "lineage_nodes",
    "lineage_records",
    "model_lifecycle",
    "models",
    "moved_models",
    "namespaces",
    "policies",
    "policy_revisions",
    "refusals",
    "registration_schemas",
    "request_replays",
    "retention",
    "revision_counter",
    "schema_compatibility",
    "stage_entries",
    "stage_graphs",
    "tokens",
    "transition_moves",
    "transitions",
    "uploads",
    "version_files",
    "version_heads",
    "version_states",
    "versions",
]
