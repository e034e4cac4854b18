"""Common parts of all tables: metadata, names of constraints, and helpers for columns.

A table of one store is in its file; those of several are in the `*_tables.py`. Triggers protect
immutable rows, see `guards.py`. namespaces ── models ─┬─ versions (immutable) ─┬─ version_heads
(what changes of a version) │ └─ version_files (immutable) ├─ aliases (heads) and alias_entries
(append-only) ├─ routes, route_arms (heads) and route_entries
(append-only) ├─ stage_entries (append-only; the head is in version_heads) ├─ version_states
(append-only; the head is in version_heads) ├─ ensemble_members, ensemble_entries (append-only)
and ensemble_closures, between versions ├─ deployments, of deployment_instances └─
model_lifecycle (append-only) models, versions ── annotations
(heads) and annotation_entries (append-only), by the uid of either versions ──
evaluations, attestations, signals (append-only), monitor_states (heads) and monitor_state_entries
(append-only) namespaces ── policies, monitors (heads) and policy_revisions, monitor_revisions
(append-only) namespaces ── blobs, blob_marks, uploads namespaces ── lineage_nodes, lineage_edges,
dataset_uses, lineage_records (append-only) namespaces ── registration_schemas (append-only; the
highest number holds) tokens, request_replays, changes and moved_models (append-only),
revision_counter (one row) refusals (denied requests, append-only; what is trimmed of them and of
the changes may go) retention (one row: how old what is trimmed has to be)

Constraints and indexes are named by convention: errors are recognised by these names.
"""

from typing import TypeVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, MetaData, Table
from sqlalchemy.types import TypeEngine

from registry_grpc.persistence.columns import BYTEWISE

_T = TypeVar("_T")

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def key(name: str, kind: TypeEngine[_T], references: str | None = None) -> Column[_T]:
    """Return a column of the primary key."""
    foreign = () if references is None else (ForeignKey(references),)
    return Column(name, kind, *foreign, primary_key=True, autoincrement=False)


def column(name: str, kind: TypeEngine[_T], references: str | None = None) -> Column[_T]:
    """Return a column that always has a value."""
    foreign = () if references is None else (ForeignKey(references),)
    return Column(name, kind, *foreign, nullable=False)


def optional(name: str, kind: TypeEngine[_T]) -> Column[_T]:
    """Return a column that may be NULL."""
    return Column(name, kind, nullable=True)


# One row, written by migrations. minimum_head: servers without this migration cannot use the
# schema.
schema_compatibility = Table(
    "schema_compatibility",
    METADATA,
    key("id", Integer()),
    column("minimum_head", BYTEWISE),
    CheckConstraint("id = 1", name="one_row"),
)
