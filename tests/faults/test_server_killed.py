"""kill -9 of the server at random bytes: uploads resume at their durable offset."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.content import MIB
from tests.support.databases import Postgres
from tests.support.faults.amount import amount, randomness
from tests.support.faults.invariants import check_swept, check_visible
from tests.support.faults.sender import SENT_AGAIN, Sender, interrupted, register
from tests.support.faults.site import Site, on_bucket, on_files

CAMPAIGNS = range(amount(1, 10))
KILLS = amount(6, 16)


@pytest.fixture(params=["files", "files and PostgreSQL", "bucket and PostgreSQL"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A registry, each time with other places for its facts and bytes."""
    make = on_bucket if "bucket" in request.param else on_files
    with ExitStack() as stack:
        url = ""
        if "PostgreSQL" in request.param:
            postgres: Postgres = request.getfixturevalue("postgres")
            url = postgres.create("registry_template")
            stack.callback(postgres.drop, url)
        yield stack.enter_context(make(tmp_path / "registry", url))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_uploads_go_on_after_their_server_was_killed(site: Site, campaign: int) -> None:
    random = randomness(f"server killed, campaign {campaign}")
    left = KILLS
    while left:
        sender = Sender(random.randbytes(random.randint(1, 12 * MIB)), random)
        kills = min(left, random.randint(1, 4))
        left -= kills
        for _ in range(kills):
            interrupted(site, sender)
            with site.stubs() as stubs:
                sender.standing(stubs)
                check_visible(stubs)
        with site.stubs() as stubs:
            sender.go_on(stubs)
            register(stubs, sender.data, "killed")
        assert sender.restarts == 0
        assert sender.sent_again <= kills * SENT_AGAIN
    check_swept(site, kills=KILLS)
