"""Instances while the clock of the database is set: the living stay, the dead go."""

from datetime import timedelta

import pytest

from registry_grpc.domain.deployment import InstanceKey
from registry_grpc.domain.history import Position
from registry_grpc.persistence.database import open_database
from registry_grpc.services.deployment_expiry import DeploymentExpiry
from registry_grpc.services.mutation import Mutations
from registry_grpc.transport.convert.record import record_digest
from tests.contract.test_deployments import Instances
from tests.support.database_clock import jumping_clock
from tests.support.governance import Governed

TTL = timedelta(seconds=10)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_is_set_expires_no_living_instance(database_url: str, jump: timedelta) -> None:
    passed = [0.0]
    with (
        jumping_clock(database_url) as set_clock,
        open_database(database_url, pool_size=4, digest=record_digest) as database,
    ):
        on = Governed(database)
        for _ in range(3):
            on.register()
        on.set_alias("champion", "fraud/1")
        instances = Instances(on)
        sweeper = DeploymentExpiry(database, Mutations(database, on.clock), lambda: passed[0])
        for name in ("alive", "dead"):
            instances.report(1, instance=name, ttl=TTL, begins=True)
        assert sweeper.sweep() == 0
        set_clock(jump)
        # The time of both clocks passes from here on, a second after the other.
        for second in range(1, 30):
            passed[0] += 1.0
            set_clock(jump + timedelta(seconds=second))
            instances.on.deployments.extend([instances.sessions["alive-1"]], timedelta)
            sweeper.sweep()
        with database.read() as tx:
            alive, dead = (
                tx.deployments.instance(InstanceKey("default", "eu-prod", name))
                for name in ("alive", "dead")
            )
        assert dead is None
        assert alive is not None
        assert alive.live
        assert instances.events() == ["start 1 serving"] * 2 + ["expire"]
        # A stream that begins after the jump is a later one, whichever way the clock went.
        again = instances.report(1, instance="alive", session="alive-2", begins=True)
        assert isinstance(again, Position)
