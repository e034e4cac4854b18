"""Promotions to measure: two versions that take turns in production, guarded by ten rules."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from benchmarks import calls, champion, registry_client
from benchmarks.figure import Sample
from benchmarks.run import Run
from benchmarks.servers import ServerProcess
from modelregistry import MetricBound, Policy, Rule
from modelregistry.v1 import catalog_service_pb2, governance_service_pb2

REQUEST = "/modelregistry.v1.GovernanceService/RequestTransition"
ROLLBACK = "/modelregistry.v1.GovernanceService/Rollback"
SET_ALIAS = "/modelregistry.v1.CatalogService/SetAlias"
SET_STAGE = "/modelregistry.v1.CatalogService/SetStage"
_RULES = 10
_METRICS = ("auc", "recall", "brier")


def prepare(run: Run, server: ServerProcess) -> None:
    """Register two versions, the first in production, and a policy of ten rules that they pass."""
    for _ in range(2):
        champion.register(run, server)
    rules = tuple(
        Rule(
            id=f"rule-{index}",
            check=MetricBound(metric=_METRICS[index % len(_METRICS)], minimum=0.01, maximum=1.0),
        )
        for index in range(_RULES - 1)
    )
    each = Rule(id="each", check=MetricBound(metric="auc", dimension="region", minimum=0.5))
    with registry_client.fresh(server.target, server.client_dir) as client:
        client.put_policy(
            Policy(name="quality", to_stage="production", models="*", rules=(*rules, each))
        )
        for number in (1, 2):
            client.set_stage(f"{champion.MODEL}/{number}", "staging")
        client.promote(f"{champion.MODEL}/1", "production")


@contextmanager
def promoting(server: ServerProcess) -> Iterator["Promotions"]:
    """Give what promotes the two versions in turns."""
    with calls.asking(server, REQUEST) as ask, calls.asking(server, SET_STAGE) as set_stage:
        yield Promotions(ask, set_stage)


class Promotions:
    """Each call counts one applied transition; bringing the other back to staging does not."""

    def __init__(self, ask: calls.Ask, set_stage: calls.Ask) -> None:
        self._ask = ask
        self._set_stage = set_stage
        self._next = 2

    def per_second(self, count: int) -> Sample:
        """Promote so often, one after the other."""
        taken = sum(self._promote() for _ in range(count))
        return {"per_s": count / taken}

    def _promote(self) -> float:
        number, self._next = self._next, 3 - self._next
        version = f"{champion.NAME}/versions/{number}"
        self._to_staging(version)  # where it is already, the first time
        wanted = governance_service_pb2.RequestedMove(version=version, to_stage="production")
        request = governance_service_pb2.RequestTransitionRequest(
            moves=[wanted], reason="better", request_id=str(uuid4())
        ).SerializeToString()
        started = time.perf_counter()
        self._ask(request)
        return time.perf_counter() - started

    def _to_staging(self, version: str) -> None:
        request = catalog_service_pb2.SetStageRequest(name=version, stage="staging")
        self._set_stage(request.SerializeToString())


def aliases_per_second(ask: calls.Ask, count: int) -> Sample:
    """Move an alias so often: what a plain change costs."""
    taken = 0.0
    for index in range(count):
        request = catalog_service_pb2.SetAliasRequest(
            name=f"{champion.NAME}/aliases/turns",
            version=f"{champion.NAME}/versions/{1 + index % 2}",
            request_id=str(uuid4()),
        ).SerializeToString()
        started = time.perf_counter()
        ask(request)
        taken += time.perf_counter() - started
    return {"per_s": count / taken}
