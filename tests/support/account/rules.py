"""Decisions of admins in the model: policies and stages."""

from registry_grpc.domain.errors import InvalidRequest, PolicyNotFound, StageGraphInUse
from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import PolicyDraft
from tests.support.account.both import Both
from tests.support.account.choices import MODELS
from tests.support.account.places import Chart, No, Places
from tests.support.governance import ROOT


def put_policy(both: Both, name: str, draft: PolicyDraft) -> None:
    """Let a policy say this."""

    def expect() -> None:
        if not {draft.to_stage, draft.from_stage} <= {"", *both.account.places.chart.rooms}:
            raise No(InvalidRequest)
        both.account.put_policy(name, draft)

    both.do("put policy", expect, lambda: both.registry.put(name, draft))


def delete_policy(both: Both, name: str) -> None:
    """End a policy."""
    registry = both.registry

    def expect() -> None:
        if name not in both.account.judgement.policies:
            raise No(PolicyNotFound)
        both.account.put_policy(name, None)

    full = PolicyName("default", name)
    both.do(
        "delete policy",
        expect,
        lambda: registry.policies.delete(registry.call(ROOT), full, "", ""),
    )


def set_graph(both: Both, chart: Chart) -> None:
    """Let other stages hold."""
    places = both.account.places

    def expect() -> None:
        named = both.account.judgement.stages & places.chart.rooms.keys()
        if _crowded(places, chart) or _misnamed(places, chart) or named - chart.rooms.keys():
            raise No(StageGraphInUse)
        places.chart = chart

    both.do("set graph", expect, lambda: both.registry.set_graph(chart.graph()))


def _crowded(places: Places, chart: Chart) -> bool:
    """Whether a version is in a removed stage, or a stage is beyond its capacity."""
    for model in MODELS:
        for stage in {*places.chart.rooms, *chart.rooms}:
            count = len(places.holders(model, stage))
            most = (chart.rooms[stage] or count) if stage in chart.rooms else 0
            if count > most:
                return True
    return False


def _misnamed(places: Places, chart: Chart) -> bool:
    """Whether an alias would be called like a stage, or name what it may not."""
    return any(
        alias in chart.rooms or chart.forbids(alias, places.kept[model, number].stage)
        for (model, alias), number in places.aliases.items()
    )
