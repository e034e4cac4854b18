"""Applies each action to a registry and to its model: both must fail for one reason, or succeed."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.transition import Transition
from tests.support.account.account import Account
from tests.support.account.choices import ALIASES, MODELS, NOTHING, STAGES
from tests.support.account.places import Id, No, Places
from tests.support.account.witness import Witness
from tests.support.governance import Governed

_SECOND = timedelta(seconds=1)
_SEATS = [(model, stage) for model in MODELS for stage in STAGES]
_NAMES = [
    (model, name)
    for model in MODELS
    for name in {*STAGES[1:], *ALIASES, "latest", "1", "2", "3", "4", "5"}
]


class Both:
    """A registry and its account. reached: how often what was done came to what."""

    def __init__(self, registry: Governed, reached: Counter[str]) -> None:
        self.registry = registry
        self.account = Account(NOTHING, registry.clock.now)
        self.reached = reached
        self.witness = Witness(registry)

    def do(self, what: str, expect: Callable[[], object], act: Callable[[], object]) -> None:
        """Do something, a second later. expect: does it to the account; raises No."""
        self.registry.clock.forward(_SECOND)
        self.account.begin(self.registry.clock.now)
        wanted = _refusal(expect)
        found = _refusal(act)
        assert found is wanted, f"{what}: {found} and not {wanted}"
        self.account.commit()
        self.reached[f"{what}: {'done' if wanted is None else wanted.__name__}"] += 1

    def compare(self) -> None:
        """Compare all that is so now; stages hold no more than they may."""
        account, places = self.account, self.account.places
        assert sorted(self.witness.news()) == sorted(account.new_events())
        if account.requests.all and account.requests.all[-1].name is None:
            account.requests.all[-1].name = self.witness.newest_transition
        for one in account.requests.all:
            made = self.witness.last[str(one.name)]
            assert isinstance(made, Transition)
            assert (made.state, made.requester) == (one.state, one.requester)
        self.witness.check_tables(MODELS)
        for (model, stage), numbers in self.witness.holders(_SEATS).items():
            assert numbers == places.holders(model, stage)
            assert len(numbers) <= (places.chart.rooms.get(stage, 0) or len(numbers))
        assert self.witness.answers(_NAMES, None) == _answers(places)

    def look_back(self, moment: datetime) -> None:
        """Compare what was so at a moment, and see that the log is what it was."""
        then = self.account.then(moment)
        assert self.witness.answers(_NAMES, moment) == _answers(then)
        self.witness.check_log()


def text(who: Id) -> str:
    """Return a version as people write it."""
    return f"{who[0]}/{who[1]}"


def reference(who: Id) -> Reference:
    """Return a version as use cases want it."""
    return Reference.parse(text(who))


def _answers(places: Places) -> dict[tuple[str, str], int | None]:
    return {seat: places.answer(*seat) for seat in _NAMES}


def _refusal(act: Callable[[], object]) -> type[RegistryError] | None:
    try:
        act()
    except No as no:
        return no.error
    except RegistryError as error:
        return type(error)
    return None
