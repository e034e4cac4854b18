"""The reports of a registry about itself: its log, folded event by event, and its tables."""

from collections.abc import Sequence
from datetime import datetime

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.names import ModelName, TransitionName
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.transition import Transition
from registry_grpc.domain.version import Version
from tests.support.account.places import Seat
from tests.support.governance import Governed
from tests.support.resolutions import resolved

_ALL = 100_000
NEW = "new"


class Witness:
    """Has read the log from its beginning. last: what each resource is, by its events."""

    def __init__(self, registry: Governed) -> None:
        self._registry = registry
        self._log: list[Event] = []
        self.last: dict[str, object] = {}

    def news(self) -> list[tuple[str, str]]:
        """Return action and name of each event since the last call; each begins where one ended.

        A transition that was not there at the last call is `new`, an evaluation like its version.
        """
        behind = self._log[-1].revision if self._log else 0
        with self._registry.database.read() as tx:
            events = tx.log.events(behind, _ALL)
        found, made = [], set[str]()
        for event in events:
            change = event.change
            assert _known(change.before) == self.last.get(change.name), change
            self.last[change.name] = _known(change.after)
            if isinstance(change.after, Transition) and change.before is None:
                made.add(change.name)
            name = NEW if change.name in made else change.name.partition("/evaluations/")[0]
            found.append((change.action, name))
        self._log += events
        return found

    @property
    def newest_transition(self) -> TransitionName:
        """The name of the transition that was made last."""
        made = (event.change.after for event in reversed(self._log) if event.change.before is None)
        return next(one.name for one in made if isinstance(one, Transition))

    def check_log(self) -> None:
        """Read it again: nothing in it has become anything else."""
        with self._registry.database.read() as tx:
            assert list(tx.log.events(0, _ALL))[: len(self._log)] == self._log

    def check_tables(self, models: Sequence[str]) -> None:
        """Compare what is stored with what the log says of it."""
        stored: dict[str, object] = {}
        with self._registry.database.read() as tx:
            for model in filter(None, (tx.models.get(ModelName("default", m)) for m in models)):
                for alias in tx.aliases.page(model, None, _ALL):
                    stored[str(alias.name)] = alias
                for number in range(1, _ALL):
                    version = tx.versions.get(model, number)
                    if version is None:
                        break
                    stored[str(version.name)] = _known(version)
            for policy in tx.policies.page("default", None, _ALL):
                stored[str(policy.name)] = policy
            for one in tx.transitions.page("default", None, (), None, _ALL):
                stored[str(one.name)] = one.brief()
        kinds = ("/aliases/", "/versions/", "/policies/", "/transitions/")
        reported = {
            name: what
            for name, what in self.last.items()
            if what is not None
            and any(kind in name for kind in kinds)
            and "/evaluations/" not in name
        }
        assert reported == stored

    def holders(self, seats: Sequence[Seat]) -> dict[Seat, list[int]]:
        """Return the versions in each of these stages, the last one that entered first."""
        with self._registry.database.read() as tx:
            found = {}
            for model, stage in seats:
                known = tx.models.get(ModelName("default", model))
                assert known is not None
                found[model, stage] = list(tx.stages.holders(known, stage, None))
        return found

    def answers(self, seats: Sequence[Seat], moment: datetime | None) -> dict[Seat, int | None]:
        """Return which version each reference names; digits are its number."""
        refs = [f"{m}/{name}" if name.isdigit() else f"{m}@{name}" for m, name in seats]
        found, _ = resolved(self._registry.lookups, refs, moment)
        return {
            seat: None if isinstance(answer, RegistryError) else answer.name.number
            for seat, answer in zip(seats, found, strict=True)
        }


def _known(resource: Resource | None) -> object:
    """Return what events of a version are to say of it, and other resources whole."""
    if isinstance(resource, Version):
        return resource.stage, resource.state
    return resource
