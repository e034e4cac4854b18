"""Reports of instances on both databases: what they record, who makes them, when they end."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from registry_grpc.domain.deployment import DeploymentPhase, InstanceKey, Reported
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    InstanceHeld,
    InstanceSuperseded,
    InvalidRequest,
    RegistryError,
    StreamIdle,
    TooManyDeployments,
    VersionInUse,
    VersionNotFound,
)
from registry_grpc.domain.history import Position
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import VersionState
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services import deployment_report
from registry_grpc.services.deployment import Applied
from registry_grpc.services.deployment_expiry import DeploymentExpiry
from registry_grpc.services.deployment_report import Report, Session
from registry_grpc.services.deployment_sessions import DeploymentSessions
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.deployment import DeploymentQuery
from registry_grpc.services.renaming import Renames
from tests.support.faults.crew import until
from tests.support.governance import ROOT, Governed
from tests.support.history import NOTHING_SEEN

LOADING, SERVING = DeploymentPhase.LOADING, DeploymentPhase.SERVING
DRAINING, FAILED = DeploymentPhase.DRAINING, DeploymentPhase.FAILED
FRAUD = ModelName("default", "fraud")
SHORT, LONG, NO_TIME = timedelta(seconds=0.3), timedelta(minutes=10), timedelta()


@dataclass
class Instances:
    """Instances of a registry with the versions 1 to 3 of a model, the first one `champion`."""

    on: Governed
    sessions: dict[str, str] = field(default_factory=dict)
    """By stream."""

    def report(
        self,
        number: int | None,
        phase: DeploymentPhase = SERVING,
        *,
        instance: str = "a",
        session: str = "",
        principal: str = "ann",
        ttl: timedelta = LONG,
        message: str = "",
        follows: str = "@champion",
        begins: bool = False,
        ended: bool = False,
        since: timedelta = NO_TIME,
    ) -> Position | RegistryError:
        """Report a version, or None for none; return the position or the error.

        session: the stream. since: how long it has been open.
        """
        served = []
        if number is not None:
            served = [Reported(FRAUD.version(number), follows, "", phase, message)]
        key = InstanceKey("default", "eu-prod", instance)
        stream = session or f"{instance}-1"
        known = stream if begins else self.sessions.get(stream, stream)
        report = Report(known, key, principal, ttl, served, begins, ended, lambda: since)
        (outcome,) = self.on.deployments.apply([report])
        if isinstance(outcome, RegistryError):
            return outcome
        self.sessions[stream] = outcome.session
        return outcome.position

    def listed(self, **wanted: object) -> list[tuple[str, int, DeploymentPhase, str]]:
        """Return instance, version, phase and message of each deployment."""
        query = Query("List", (), (str, str, str))
        asked = DeploymentQuery("default", **wanted)  # type: ignore[arg-type]
        found = self.on.deployments.list(query, Page(50, None), asked, FRAUD, NOTHING_SEEN)
        return [(one.instance, one.version.number, one.phase, one.message) for one in found.items]

    def events(self, *, renamed: bool = False) -> list[str]:
        """Return the recorded changes of deployments: action, version and phase.

        renamed: whether their model was, which changes digests.
        """
        with self.on.database.read() as tx:
            events = tx.log.events(0, 500)
        shown, digests = list[str](), dict[str, Digest | None]()
        for event in events:
            change = event.change
            if not change.action.startswith("deployment."):
                continue
            # Each record continues the one before.
            assert renamed or event.before_digest == digests.get(change.name)
            digests[change.name] = event.after_digest
            after = change.after
            said = f" {after.version.number} {after.phase}" if after is not None else ""  # type: ignore[attr-defined]
            shown.append(f"{change.action.partition('.')[2]}{said}")
        return shown


@pytest.fixture
def instances(database: SqlDatabase) -> Instances:
    """Return a registry with the versions fraud/1 to fraud/3."""
    on = Governed(database)
    for _ in range(3):
        on.register()
    on.set_alias("champion", "fraud/1")
    return Instances(on)


def expiry(instances: Instances, elapsed: Callable[[], float] = time.monotonic) -> DeploymentExpiry:
    database = instances.on.database
    return DeploymentExpiry(database, Mutations(database, instances.on.clock), elapsed)


def test_only_starts_ends_versions_and_phases_of_weight_are_recorded(instances: Instances) -> None:
    instances.report(1, LOADING, begins=True)
    at_rest = instances.report(1, SERVING)
    for phase, message in ((SERVING, ""), (SERVING, "well"), (DRAINING, ""), (LOADING, "again")):
        assert instances.report(1, phase, message=message) == at_rest
        assert instances.listed() == [("a", 1, phase, message)]
    instances.report(1, SERVING)  # the log has it so already
    instances.report(2, LOADING)
    instances.report(2, FAILED, message="no memory")
    instances.report(2, FAILED, message="no disk")
    instances.report(2, SERVING)
    instances.report(None)
    assert instances.listed() == []
    assert instances.events() == [
        *("start 1 loading", "change 1 serving", "change 2 loading", "change 2 failed"),
        *("change 2 serving", "end"),
    ]


def test_a_stream_that_breaks_ends_nothing(instances: Instances) -> None:
    first = instances.report(1, begins=True)
    assert instances.report(1, session="a-2", begins=True) == first
    assert isinstance(instances.report(2), InstanceSuperseded)
    streams = instances.sessions
    assert instances.on.deployments.extend(list(streams.values()), timedelta) == {streams["a-2"]}
    assert instances.listed() == [("a", 1, SERVING, "")]
    assert instances.events() == ["start 1 serving"]


def test_an_instance_belongs_to_its_principal_while_it_lives(instances: Instances) -> None:
    sweeper = expiry(instances)
    instances.report(1, begins=True, ttl=SHORT)
    theirs = {"session": "b-1", "principal": "ben", "begins": True}
    assert isinstance(instances.report(2, **theirs), InstanceHeld)  # type: ignore[arg-type]
    assert instances.listed() == [("a", 1, SERVING, "")]
    instances.on.deployments.extend([instances.sessions["a-1"]], timedelta)
    time.sleep(SHORT.total_seconds() + 0.05)
    # It may live: perhaps it was the registry that was away.
    assert isinstance(instances.report(2, **theirs), InstanceHeld)  # type: ignore[arg-type]
    until(lambda: sweeper.sweep() > 0)
    assert isinstance(instances.report(2, **theirs), Position)  # type: ignore[arg-type]
    assert instances.events() == ["start 1 serving", "expire", "start 2 serving"]
    assert isinstance(instances.report(1), InstanceHeld)


def test_a_stream_without_deployments_takes_nothing_from_a_newer_one(instances: Instances) -> None:
    instances.report(1, begins=True)
    instances.report(None)
    instances.report(2, session="a-2", begins=True)
    for number in (None, 1):
        assert isinstance(instances.report(number, ended=True), InstanceSuperseded)
    assert instances.listed() == [("a", 2, SERVING, "")]
    instances.report(None, session="a-2")
    assert isinstance(instances.report(1, ended=True), Position)


def test_a_stream_that_waited_takes_nothing_from_one_that_began_later(
    instances: Instances,
) -> None:
    """As when its server stood still, and its client went to another one."""
    instances.report(2, session="new", begins=True)
    late = {"session": "old", "begins": True, "since": timedelta(seconds=60)}
    assert isinstance(instances.report(1, **late), InstanceSuperseded)  # type: ignore[arg-type]
    assert isinstance(instances.report(2, DRAINING, session="new"), Position)
    # Applied again, since the outcome of the first time was unknown.
    assert isinstance(instances.report(2, DRAINING, session="new", begins=True), Position)
    assert instances.listed() == [("a", 2, DRAINING, "")]


def test_a_restored_database_lets_the_present_stream_report_again(
    instances: Instances, database_url: str
) -> None:
    instances.report(1, session="old", begins=True, since=timedelta(seconds=60))
    old = instances.sessions["old"]
    instances.report(2, session="new", begins=True)
    present = Session(
        instances.sessions["new"],
        InstanceKey("default", "eu-prod", "a"),
        "ann",
        LONG,
        lambda _: None,
    )
    earlier = Session(old, present.key, "ann", LONG, lambda _: None)
    lost = instances.on.deployments.lost([earlier])
    assert isinstance(lost[old], InstanceSuperseded)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE deployment_instances SET session = :old"), {"old": old})
    engine.dispose()
    lost = instances.on.deployments.lost([present])
    assert isinstance(lost[present.id], StreamIdle)
    assert isinstance(instances.report(2, session="new"), StreamIdle)
    assert isinstance(instances.report(2, session="newer", begins=True), Position)


def test_a_session_of_a_clock_that_was_set_is_no_later_one(instances: Instances) -> None:
    instances.report(1, session="old", begins=True, since=timedelta(days=-1))
    assert isinstance(instances.report(2, session="new", begins=True), Position)


def test_a_report_that_nothing_runs_is_applied_again(instances: Instances) -> None:
    """As after a commit with an unknown outcome."""
    instances.report(1, begins=True)
    ended = instances.report(None)
    assert instances.report(None) == ended
    assert isinstance(instances.report(1), StreamIdle)
    assert instances.events() == ["start 1 serving", "end"]


def test_an_old_heartbeat_shortens_no_life(instances: Instances, database_url: str) -> None:
    """After an outage, heartbeats of different ages are recorded together."""
    now = [0.0]
    sessions = DeploymentSessions(instances.on.deployments, lambda: now[0])
    opened = {}
    for name in ("old", "new"):
        instances.report(1, instance=name, begins=True)
        key = InstanceKey("default", "eu-prod", name)
        one = Session(instances.sessions[f"{name}-1"], key, "ann", LONG, lambda _: None)
        opened[one.id] = one
        sessions.open(one)
        sessions.beat(one)
        now[0] += 60

    def ends() -> dict[str, int]:
        engine = create_engine(database_url)
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT instance, expire_at FROM deployment_instances")
            ).all()
        engine.dispose()
        return {row.instance: row.expire_at for row in found}

    before = ends()
    now[0] -= 60
    assert sessions.record(sessions.take(), opened) == {}
    after = ends()
    assert after["old"] == before["old"]
    assert after["new"] > before["new"]


def test_an_instance_expires_by_the_clock_of_the_database(instances: Instances) -> None:
    instances.on.clock.now += timedelta(days=400)  # of the server: it does not matter
    for name in ("dead", "alive"):
        instances.report(1, instance=name, ttl=SHORT, begins=True)
    sweeper = expiry(instances)

    def swept() -> bool:
        instances.on.deployments.extend([instances.sessions["alive-1"]], timedelta)
        return sweeper.sweep() > 0

    until(swept)
    assert [one[0] for one in instances.listed()] == ["alive"]
    assert instances.events() == ["start 1 serving"] * 2 + ["expire"]
    assert isinstance(instances.report(1, instance="dead"), StreamIdle)
    until(lambda: sweeper.sweep() > 0)
    assert instances.listed() == []


def test_after_a_gap_every_instance_has_its_time_to_report_again(instances: Instances) -> None:
    instances.report(1, ttl=timedelta(seconds=1), begins=True)
    passed = [0.0]
    sweeper = expiry(instances, lambda: time.monotonic() + passed[0])
    time.sleep(1.1)
    assert sweeper.sweep() == 0  # the server has just started
    for jump in (7.0, -7.0):  # an outage; a database whose clock goes another way
        passed[0] += jump
        assert sweeper.sweep() == 0
        assert sweeper.sweep() == 0
    assert instances.events() == ["start 1 serving"]
    until(lambda: sweeper.sweep() > 0)
    assert instances.events() == ["start 1 serving", "expire"]


def test_one_bad_report_does_not_harm_those_beside_it(instances: Instances) -> None:
    def report(name: str, number: int) -> Report:
        key = InstanceKey("default", "eu-prod", name)
        served = [Reported(FRAUD.version(number), "@champion", "", SERVING, "")]
        return Report(f"{name}-1", key, "ann", LONG, served, begins=True)

    outcomes = instances.on.deployments.apply([report("a", 1), report("b", 99), report("c", 2)])
    assert [type(outcome) for outcome in outcomes] == [Applied, VersionNotFound, Applied]
    assert [one[:2] for one in instances.listed()] == [("a", 1), ("c", 2)]


def test_a_served_version_is_deleted_only_by_force(instances: Instances) -> None:
    for name in "abcdefghijkl":
        instances.report(2, instance=name, begins=True)
    on, second = instances.on, Reference.parse("fraud/2")
    with pytest.raises(VersionInUse) as refused:
        on.versions.delete(on.call(ROOT), second, "", "", force=False)
    causes = refused.value.causes
    assert causes[0] == "in use by instance 'a' at 'eu-prod'"
    assert causes[-1] == "in use by 2 more deployments"
    on.versions.delete(on.call(ROOT), second, "", "old", force=True)
    deleted = frozenset({VersionState.DELETED})
    assert len(instances.listed(states=deleted)) == 12
    assert instances.listed(states=frozenset({VersionState.REVOKED})) == []
    assert isinstance(instances.report(2, DRAINING, instance="a"), Position)


def test_a_rollout_compares_what_is_wanted_with_what_is(instances: Instances) -> None:
    on, champion = instances.on, Reference.parse("fraud@champion")

    def found(reference: Reference = champion) -> tuple[object, ...]:
        query = Query("Get", (), (str, str, str))
        rollout, _ = on.deployments.rollout(query, Page(50, None), reference, NOTHING_SEEN)
        arms = [(arm.arm, arm.version.number, arm.serving, arm.pending) for arm in rollout.arms]
        return arms, rollout.instances, rollout.outdated, rollout.failed, rollout.converged

    assert found() == ([("", 1, 0, 0)], 0, 0, 0, False)
    for name in "ab":
        instances.report(1, instance=name, begins=True)
    instances.report(3, instance="c", follows="", begins=True)  # it does not follow the alias
    assert found() == ([("", 1, 2, 0)], 2, 0, 0, True)
    on.set_alias("champion", "fraud/2")
    assert found() == ([("", 2, 0, 0)], 2, 2, 0, False)
    instances.report(2, LOADING, instance="a")
    instances.report(2, FAILED, instance="b")
    assert found() == ([("", 2, 0, 1)], 2, 0, 1, False)
    instances.report(2, SERVING, instance="a")
    instances.report(None, instance="b")
    assert found() == ([("", 2, 1, 0)], 1, 0, 0, True)


def test_a_namespace_and_a_principal_have_limits(
    instances: Instances, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment_report, "MOST_INSTANCES", 4)

    def begun(names: str, principal: str) -> Sequence[type]:
        return [
            type(instances.report(1, instance=name, principal=principal, begins=True))
            for name in names
        ]

    assert begun("abc", "ann") == [Position, Position, TooManyDeployments]
    assert begun("ab", "ann") == [Position, Position]  # those that are there
    assert begun("def", "ben") == [Position, Position, TooManyDeployments]
    assert begun("g", "eve") == [TooManyDeployments]
    monkeypatch.setattr(deployment_report, "MOST_BYTES", 1)
    assert isinstance(instances.report(1, instance="a", message="m" * 100), TooManyDeployments)
    assert isinstance(instances.report(1, instance="a"), Position)


def test_deployments_keep_with_a_model_that_is_renamed(instances: Instances) -> None:
    instances.report(1, begins=True)
    on = instances.on
    mutations = Mutations(on.database, on.clock)
    Renames(mutations).rename(on.call(ROOT), FRAUD, "credit", "")
    assert instances.report(1, message="under its former name") is not None
    with on.database.read() as tx:
        (found,) = tx.deployments.page(DeploymentQuery("default"), None, 9)
    assert (found.version, found.reference) == (
        ModelName("default", "credit").version(1),
        "credit@champion",
    )
    assert instances.report(2) is not None
    key, names = InstanceKey("default", "eu-prod", "a"), (FRAUD, ModelName("default", "credit"))
    twice = [Reported(name.version(1), "@champion", "", SERVING, "") for name in names]
    (refused,) = on.deployments.apply(
        [Report(instances.sessions["a-1"], key, "ann", LONG, twice, begins=False)]
    )
    assert isinstance(refused, InvalidRequest)
    actions = [event.split()[0] for event in instances.events(renamed=True)]
    assert actions == ["start", "change"]
