"""Leases for tests of leased tasks."""

import time
from datetime import timedelta

from registry_grpc.domain.consumer import Lease
from registry_grpc.services.lease import Leases
from registry_grpc.services.ports.database import Database


def a_lease(database: Database) -> tuple[Leases, Lease]:
    """Return a lease that lasts as long as the test, with those of its process."""
    leases = Leases(database, ["test"], "this process", time.monotonic, timedelta(days=1))
    leases.keep()
    (lease,) = leases.held
    return leases, lease
