"""The use cases of governance over a database, with a clock that a test moves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.evaluation import EvaluationDraft
from registry_grpc.domain.facts import SliceMetric, VersionDetail
from registry_grpc.domain.history import full_etag
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.names import (
    AliasName,
    ModelName,
    PolicyName,
    StageGraphName,
    TransitionName,
)
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.route import ArmMode, Route
from registry_grpc.domain.stage_graph import StageGraph
from registry_grpc.domain.transition import Transition
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.services.alias import Aliases
from registry_grpc.services.authorizer import RoleAuthorizer
from registry_grpc.services.deployment import Deployments
from registry_grpc.services.evaluation import Evaluations
from registry_grpc.services.lookup import find_version
from registry_grpc.services.model import Models
from registry_grpc.services.monitor import Monitors
from registry_grpc.services.monitor_state import MissingData, MonitorStates
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.policy import Policies
from registry_grpc.services.ports.expressions import NoExpressions
from registry_grpc.services.registration import Registrations
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.services.route import Routes, WantedArm, WantedRoute
from registry_grpc.services.signal import Signals
from registry_grpc.services.stage import Stages
from registry_grpc.services.stage_graph import StageGraphs
from registry_grpc.services.transitions.deciding import Decisions
from registry_grpc.services.transitions.due import DueTransitions
from registry_grpc.services.transitions.reading import Transitions
from registry_grpc.services.transitions.requesting import Requests
from registry_grpc.services.transitions.rollback_plan import Target
from registry_grpc.services.transitions.rolling_back import Rollbacks
from registry_grpc.services.version import Versions
from registry_grpc.services.version_state import VersionStates
from registry_grpc.transport.convert.record import record_digest
from registry_grpc.transport.convert.transition import refusal_of, transition_message
from tests.support.resolutions import lookups_of
from tests.support.services import MovableClock

ANN = Principal("ann", Role.WRITER)
BOB = Principal("bob", Role.WRITER)
EVE = Principal("eve", Role.APPROVER)
ROOT = Principal("root", Role.ADMIN)
MODEL = ModelName("default", "fraud")


@dataclass
class Governed:
    """The use cases of a registry, with callers that a test chooses."""

    database: SqlDatabase
    clock: MovableClock = field(default_factory=MovableClock)

    def __post_init__(self) -> None:
        """Wire everything."""
        expressions = NoExpressions()
        mutations = Mutations(self.database, self.clock)
        self.registrations = Registrations(self.database, mutations, uuid4, JsonSchemaRules())
        self.stages = Stages(self.database, mutations, expressions)
        self.models = Models(self.database, mutations, uuid4, ReplyMemory(64 * MIB))
        self.versions = Versions(self.database, mutations, ReplyMemory(64 * MIB))
        self.graphs = StageGraphs(self.database, mutations)
        self.aliases = Aliases(self.database, mutations)
        self.routes = Routes(self.database, mutations, self.clock, lambda: "0123456789abcdef")
        self.deployments = Deployments(self.database, mutations)
        self.policies = Policies(self.database, mutations, expressions)
        self.evaluations = Evaluations(self.database, mutations, uuid4)
        self.signals = Signals(self.database, mutations, uuid4)
        self.monitors = Monitors(self.database, mutations)
        self.monitor_states = MonitorStates(self.database)
        self.missing_data = MissingData(self.database, mutations, self.clock)
        self.requests = Requests(
            self.database, mutations, self.clock, uuid4, expressions, RoleAuthorizer()
        )
        self.decisions = Decisions(mutations, expressions)
        self.settlements = DueTransitions(self.database, mutations, self.clock, expressions)
        self.transitions = Transitions(self.database, self.clock, expressions)
        self.lives = VersionStates(mutations)
        self.lookups = lookups_of(self.database, self.clock)
        self.rollbacks = Rollbacks(mutations, self.clock, uuid4)

    def call(self, actor: Principal = ANN) -> Mutation[Any]:
        """Return what a mutating use case needs, without a request id."""
        return Mutation(actor, "", "", lambda _, __: b"")

    def register(
        self, actor: Principal = ANN, model: ModelName = MODEL, **metrics: float
    ) -> Version:
        """Register a version without files, and return it."""
        wanted = Registration(VersionDraft([], metrics=metrics), create_model=True)
        self.registrations.register(self.call(actor), model, wanted)
        return self.version(f"{model.model}@latest")

    def register_detail(self, model: ModelName, detail: VersionDetail) -> Version:
        """Register a version without files that has these facts, and return it."""
        wanted = Registration(VersionDraft([], detail=detail), create_model=True)
        made = self.registrations.register(self.call(), model, wanted).result
        assert made is not None
        return made

    def version(self, text: str) -> Version:
        """Return the version that a reference names."""
        with self.database.read() as tx:
            return find_version(tx, Reference.parse(text))

    def put(self, policy: str, draft: PolicyDraft) -> None:
        """Store a policy."""
        self.policies.put(self.call(ROOT), PolicyName("default", policy), draft, "", "")

    def evaluate(self, text: str, *slices: SliceMetric, **metrics: float) -> None:
        """Submit an evaluation."""
        draft = EvaluationDraft(metrics=metrics, slices=slices)
        self.evaluations.submit(self.call(BOB), Reference.parse(text), draft)

    def set_stage(self, text: str, stage: str, actor: Principal = ROOT) -> None:
        """Move a version at once."""
        self.stages.set(self.call(actor), Reference.parse(text), stage, "", "")

    @property
    def history(self) -> str:
        """The history of its log."""
        with self.database.read() as transaction:
            return transaction.head.history

    def set_graph(self, graph: StageGraph, etag: str = "") -> None:
        """Let these stages hold. etag: of a graph as it was read here."""
        etag = full_etag(etag, self.history)
        self.graphs.set(self.call(ROOT), StageGraphName("default"), etag, graph, "because")

    def live(self, text: str, state: VersionState, actor: Principal = ROOT) -> None:
        """Bring a version into a state."""
        self.lives.set(self.call(actor), Reference.parse(text), state, "", "odd")

    def set_alias(self, alias: str, text: str) -> None:
        """Point an alias at a version."""
        reference = Reference.parse(text)
        name = AliasName("default", reference.model.model, alias)
        self.aliases.set(self.call(ROOT), name, reference, "", "")

    def remove_alias(self, alias: str, model: str) -> None:
        """Remove an alias of a model."""
        name = ModelName("default", model).alias(alias)
        self.aliases.delete(self.call(ROOT), name, "", "")

    def set_route(
        self,
        text: str,
        *arms: tuple[str, str, int],
        default: str = "",
        overrides: Mapping[str, str] | None = None,
    ) -> Route:
        """Set the arms (id, reference, weight) of a route; the first is the default arm."""
        model, _, route = text.partition("@")
        name = ModelName("default", model).route(route)
        wanted = [
            WantedArm(arm, Reference.parse(version), weight, ArmMode.LIVE)
            for arm, version, weight in arms
        ]
        asked = WantedRoute(name, wanted, default or arms[0][0], "", overrides or {})
        made = self.routes.set(self.call(), asked, "because").result
        assert made is not None
        return made

    def request(self, *moves: tuple[str, str], actor: Principal = ANN) -> Transition:
        """Ask for moves and return the record."""
        wanted = [(Reference.parse(text), stage) for text, stage in moves]
        return self._answered(actor, lambda call: self.requests.request(call, wanted, "better"))

    def approve(
        self, name: TransitionName, actor: Principal = EVE, requirement: str = "", binding: str = ""
    ) -> Transition:
        """Say yes and return the record."""
        return self._answered(
            actor, lambda call: self.decisions.approve(call, name, requirement, "fine", binding)
        )

    def reject(self, name: TransitionName, actor: Principal = EVE) -> Transition:
        """Say no and return the record."""
        return self._answered(actor, lambda call: self.decisions.reject(call, name, "no"))

    def rollback(self, *targets: str, actor: Principal = ANN, **more: Any) -> Transition:  # noqa: ANN401 - of Target
        """Bring back what was and return the record."""
        moment = more.pop("moment", None)
        wanted = [Target(Reference.parse(text), **more) for text in targets]
        return self._answered(
            actor, lambda call: self.rollbacks.rollback(call, wanted, moment, "worse")
        )

    def later(self, by: timedelta) -> int:
        """Let time pass, settle what is due, and return how much was."""
        self.clock.forward(by)
        return self.settlements.sweep()

    def _answered(self, actor: Principal, act: Any) -> Transition:  # noqa: ANN401 - a use case
        done = act(Mutation(actor, "", "", _encoded))
        if refusal := refusal_of(done.reply):
            raise refusal
        transition: Transition = done.result
        return transition


def _encoded(transition: Transition, _history: str) -> bytes:
    return transition_message(transition).SerializeToString()


@contextmanager
def governed(database_url: str) -> Iterator[Governed]:
    """Open a registry on a migrated database."""
    with open_database(database_url, pool_size=40, digest=record_digest) as database:
        yield Governed(database)
