"""Changes: the entries of the change log, which every mutation records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from registry_grpc.domain.annotation import AnnotationChange
from registry_grpc.domain.canonical import canonical_json
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.evaluation import Evaluation
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.model import Model
from registry_grpc.domain.monitor_state import MonitorState
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.route import Route
from registry_grpc.domain.transition import Transition
from registry_grpc.domain.version import Version

RecordDigest = Callable[[Resource | VersionDetail], Digest]
"""Returns the SHA-256 of a whole record, or of the detail of a version, in the form that the
contract describes at `ChangeEvent`."""


def basic(resource: Resource) -> Resource:
    """Return a resource as the log stores and returns it: without its largest parts.

    These are the detail of a version, the annotations of a model or version, the slices of an
    evaluation, the passed findings of a transition, and the overrides and slots of a route. Files
    are never part of it.
    """
    match resource:
        case Version():
            return replace(resource, detail=None, annotations=resource.annotations.brief())
        case Model():
            return replace(resource, annotations=resource.annotations.brief())
        case Evaluation():
            return resource.without_slices()
        case Transition() | Route():
            return resource.brief()
        case _:
            return resource


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one resource, recorded in the transaction that makes it.

    action: such as `alias.set`, from the enum beside its noun. name: the resource's canonical name.
    before and after: the resource before and after it; None when it did not exist. Whole when the
    change is recorded, except the detail of versions; as `basic` returns it when read from the log.
    annotations: those that the change sets, replaces or removes. ended_redirects: the canonical
    names, other spellings of the name that a model takes, that led to another model until then.
    """

    action: str
    name: str
    actor: str
    before: Resource | None
    after: Resource | None
    reason: str = ""
    annotations: tuple[AnnotationChange, ...] = ()
    ended_redirects: tuple[str, ...] = ()

    @property
    def moved(self) -> tuple[str, ...]:
        """The models that a change is about besides its own name, by canonical name.

        Of a transition those whose versions it moves, of a rename the one with the former name, and
        the redirects that end, of the state of a monitor the one of its version.
        """
        resource = self.after or self.before
        if isinstance(self.before, Model) and str(self.before.name) != self.name:
            return tuple(dict.fromkeys((str(self.before.name), *self.ended_redirects)))
        if self.ended_redirects:
            return self.ended_redirects
        if isinstance(resource, MonitorState):
            return (str(resource.version.parent),)
        if not isinstance(resource, Transition):
            return ()
        return tuple(dict.fromkeys(str(move.version.parent) for move in resource.moves))


@dataclass(frozen=True, slots=True)
class Event:
    """A change as recorded.

    index: its position among the changes of its revision, from 0. before_digest, after_digest: of
    the whole records; None when there is none, and for changes that earlier releases recorded.
    """

    revision: int
    index: int
    time: datetime
    change: Change
    before_digest: Digest | None = None
    after_digest: Digest | None = None

    def canonical(self) -> bytes:
        """Return the entry of the log as canonical JSON; its bytes never change."""
        change = self.change
        digests = {"before": self.before_digest, "after": self.after_digest}
        return canonical_json(
            {
                "revision": self.revision,
                "index": self.index,
                "time": f"{self.time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
                "action": change.action,
                "name": change.name,
                "actor": change.actor,
                "reason": change.reason,
                **{key: str(digest) for key, digest in digests.items() if digest is not None},
                **_annotations(change.annotations),
                **({"ended_redirects": list(ended)} if (ended := change.ended_redirects) else {}),
            }
        )


def _annotations(changes: Sequence[AnnotationChange]) -> Mapping[str, object]:
    """Return the changed annotations of an entry by key; nothing if there are none."""
    if not changes:
        return {}
    return {
        "annotations": {
            change.key: {
                side: str(digest)
                for side, digest in (("before", change.before), ("after", change.after))
                if digest is not None
            }
            for change in changes
        }
    }
