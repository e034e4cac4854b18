"""Changes of annotations, within the change of their model or version."""

from uuid import UUID

from registry_grpc.domain.annotation import AnnotationChange, Annotations, annotation_changes
from registry_grpc.services.ports.database import Transaction


def store_annotations(
    tx: Transaction, uid: UUID, before: Annotations, after: Annotations
) -> tuple[AnnotationChange, ...]:
    """Store the annotations of a resource, both with pairs; return what changed, for the log."""
    changes = annotation_changes(before.pairs, after.pairs)
    changed = {change.key: after.pairs.get(change.key) for change in changes}
    tx.annotations.change(uid, changed, tx.revision, tx.time)
    return changes
