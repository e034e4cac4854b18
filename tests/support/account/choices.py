"""Random choices of users in governance: stages, rules, evidence, times."""

from datetime import timedelta

from hypothesis import strategies as st

from registry_grpc.domain.evaluation import EvaluationDraft
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.rule import Rule, Severity
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import MetricChange
from registry_grpc.domain.rules.spread import SliceSpread
from registry_grpc.domain.version import VersionState
from tests.support.account.places import Chart, Seat
from tests.support.account.requests import LIFETIME
from tests.support.governance import ANN, BOB, EVE, ROOT

MODELS = ("fraud", "credit")
STAGES = ("none", "canary", "staging", "production", "archived")
MOST_VERSIONS = 5
ALIASES = ("champion", "champion", "free", "canary")
PEOPLE = st.sampled_from([ANN, BOB, EVE, ROOT])
SELDOM = st.sampled_from([False, False, False, True])
WRITERS = st.sampled_from([ANN, BOB, ROOT])
_LIFE = VersionState
STATES = st.sampled_from(
    [_LIFE.ACTIVE, _LIFE.ACTIVE, _LIFE.DEPRECATED, _LIFE.YANKED, _LIFE.REVOKED, _LIFE.DELETED]
)
PAUSES = st.sampled_from([timedelta(hours=2), timedelta(days=4), timedelta(days=4), LIFETIME])

_WAYS = frozenset(
    {
        ("none", "staging"),
        ("staging", "production"),
        ("staging", "none"),
        ("staging", "archived"),
        ("production", "archived"),
        ("production", "staging"),
        ("archived", "staging"),
    }
)
_IN_PRODUCTION = {"champion": frozenset({"production"})}
NOTHING = Chart({"none": 0, "archived": 0}, frozenset(), {})
DEFAULT = Chart({"none": 0, "staging": 0, "production": 1, "archived": 0}, _WAYS, {})
CHARTS = st.sampled_from(
    [
        DEFAULT,
        Chart(DEFAULT.rooms, _WAYS, _IN_PRODUCTION),
        Chart({**DEFAULT.rooms, "production": 2}, _WAYS, _IN_PRODUCTION),
        Chart({**DEFAULT.rooms, "staging": 2, "production": 3}, _WAYS, {}),
        Chart(DEFAULT.rooms, _WAYS - {("staging", "production")}, {}),
        Chart(
            {**DEFAULT.rooms, "canary": 1},
            _WAYS | {("staging", "canary"), ("canary", "production"), ("canary", "none")},
            {"champion": frozenset({"canary", "production"}), "free": frozenset({"none"})},
        ),
        Chart(
            {"none": 0, "production": 2, "archived": 0},
            frozenset({("none", "production"), ("production", "none"), ("archived", "none")}),
            {},
        ),
    ]
)
_RULES = (
    Rule("good", bound=MetricBound("auc", minimum=0.8)),
    Rule("fresh", bound=MetricBound("auc", minimum=0.5, max_age=timedelta(days=5))),
    Rule("ages", bound=MetricBound("recall", dimension="age", minimum=0.7, min_count=50)),
    Rule("old", bound=MetricBound("recall", dimension="age", minimum=0, required_slices=("old",))),
    Rule("even", spread=SliceSpread("recall", "age", max_gap=0.2)),
    Rule("no-worse", change=MetricChange("auc", max_absolute=0.05, allow_no_baseline=True)),
    Rule("noted", severity=Severity.WARN, bound=MetricBound("auc", minimum=0.99)),
)
_APPROVALS = st.permutations(
    [
        ApprovalRequirement("review"),
        ApprovalRequirement("second", count=2),
        ApprovalRequirement("safety", roles=("approver", "admin")),
        ApprovalRequirement("own", allow_requester=True, allow_author=True),
    ]
)
_WAITS = st.sampled_from([timedelta(hours=1), timedelta(0), timedelta(0), timedelta(days=3)])
_TARGETS = st.sampled_from(["production", "production", "production", "staging", "canary"])


@st.composite
def policies(draw: st.DrawFn) -> PolicyDraft:
    """Choose what a policy says; something at least."""
    count, people = draw(st.sampled_from([0, 1, 1, 2])), draw(st.sampled_from([1, 1, 2, 0]))
    rules = draw(st.lists(st.sampled_from(_RULES), min_size=count, max_size=count, unique=True))
    approvals = draw(_APPROVALS)[:people]
    return PolicyDraft(
        to_stage=draw(_TARGETS),
        models=draw(st.sampled_from(["*", "*", "fraud"])),
        from_stage=draw(st.sampled_from(["", "", "staging"])),
        rules=tuple(rules),
        approvals=tuple(approvals),
        wait=draw(_WAITS if rules or approvals else _WAITS.filter(bool)),
    )


@st.composite
def seats(draw: st.DrawFn) -> Seat:
    """Choose a stage or an alias of a model, most often one that is in use."""
    stages = ["production", "production", "production", "staging", "canary", "archived"]
    return draw(st.sampled_from(MODELS)), draw(st.sampled_from([*stages, "champion", "free"]))


@st.composite
def slices(draw: st.DrawFn) -> tuple[SliceMetric, ...]:
    """Choose results by age, of all ages or some."""
    both = ("old", "young")
    values = draw(st.sampled_from([both, both, both, ("young",), ()]))
    return tuple(
        SliceMetric("age", value, draw(_COUNTS), "recall", draw(_RECALLS)) for value in values
    )


_COUNTS = st.sampled_from([200, 200, 50, 40])
_RECALLS = st.sampled_from([0.9, 0.9, 0.9, 0.7, 0.6])
RESULTS = st.sampled_from([0.9, 0.95, 0.84, 0.8, 0.7])
GOOD = tuple(SliceMetric("age", value, 200, "recall", 0.9) for value in ("old", "young"))


@st.composite
def evaluations(draw: st.DrawFn) -> EvaluationDraft:
    """Choose measurements, at least one."""
    parts = draw(slices())
    metrics = {"auc": draw(RESULTS)} if draw(st.booleans()) or not parts else {}
    return EvaluationDraft(metrics=metrics, slices=parts)
