"""Members that are yanked at one server while another one registers their ensembles."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from modelregistry import Client, Ensemble, EnsembleMember, Source, VersionRecord, errors
from tests.support.faults.amount import amount
from tests.support.server import RegistryProcess

TURNS = amount(6, 100)
MEMBERS = 2
SECONDS = 60.0
BY_REFERENCE = VersionRecord(by_reference=True, source=Source(uri="s3://models/m"))
Pair = tuple[Client, Client]


@pytest.fixture
def servers(database_url: str, tmp_path: Path) -> Iterator[list[RegistryProcess]]:
    options = ("--database", database_url, "--blobs", f"file://{tmp_path / 'blobs'}")
    started = [RegistryProcess(tmp_path / name, options).start() for name in ("one", "other")]
    yield started
    for server in started:
        server.stop()


@pytest.fixture
def pair(servers: list[RegistryProcess]) -> Iterator[Pair]:
    with ExitStack() as stack:
        one, other = (stack.enter_context(Client(at.target, cache=False)) for at in servers)
        yield one, other


def ensemble(*references: str) -> VersionRecord:
    """Return an ensemble of these members."""
    members = (
        EnsembleMember(role=f"m{place}", version=text) for place, text in enumerate(references)
    )
    return VersionRecord(ensemble=Ensemble(members=tuple(members)))


def resolves(client: Client, name: str, revision: int) -> bool:
    """Whether a name of an ensemble may be used."""
    try:
        client.resolve(name, min_revision=revision)
    except errors.MemberUnusable:
        return False
    return True


def test_an_ensemble_is_refused_or_blocked_when_its_member_is_yanked(
    servers: list[RegistryProcess], pair: Pair
) -> None:
    one, other = pair
    made = 0
    for turn in range(TURNS):
        member = one.register("member", (), BY_REFERENCE)
        ready = threading.Barrier(2)

        def register(registrant: Client, member: str, ready: threading.Barrier) -> bool:
            ready.wait(SECONDS)
            try:
                registrant.register("both", (), ensemble(member), alias="champion")
            except errors.VersionYanked:
                return False
            return True

        with ThreadPoolExecutor(1) as pool:
            registered = pool.submit(register, pair[turn % 2], member.ref, ready)
            ready.wait(SECONDS)
            yanked = pair[1 - turn % 2].yank_version(member, reason="a race")
            made += registered.result(SECONDS)
        if not made:
            continue
        # It was registered before the member was yanked, or not at all.
        revision = max(yanked.revision, one.get_version(f"both/{made}").revision)
        assert [resolves(client, "both@champion", revision) for client in pair] == [False] * 2
        status = other.get_version(f"both/{made}").ensemble_status
        assert status is not None
        assert status.unusable_count == 1
    if not made:
        one.register("both", (), ensemble(one.register("member", (), BY_REFERENCE).ref))
        return
    servers[0].stop()
    servers[0].restart()
    with Client(servers[0].target, cache=False) as again:
        restored = again.restore_version(f"member/{_pinned(again, made)}", reason="was none")
        assert [resolves(client, "both@champion", restored.revision) for client in (again, other)]


def _pinned(client: Client, number: int) -> str:
    found = client.get_version(f"both/{number}").ensemble
    assert found is not None
    return found.members[0].version.rpartition("/")[2]


def test_members_that_change_at_two_servers_leave_the_block_that_they_make(pair: Pair) -> None:
    one, _ = pair
    for _ in range(MEMBERS):
        one.register("member", (), BY_REFERENCE)
    one.register("inner", (), ensemble("member/1"))
    one.register("both", (), ensemble("inner/1", "member/2"), alias="champion")

    def change(client: Client, number: int) -> int:
        """Yank and restore a member; return the revision of its last state."""
        revision = 0
        for _ in range(TURNS):
            client.yank_version(f"member/{number}", reason="bad")
            revision = client.restore_version(f"member/{number}", reason="was good").revision
        return revision

    with ThreadPoolExecutor(MEMBERS) as pool:
        last = max(pool.map(change, pair, (1, 2)))
    assert [resolves(client, "both@champion", last) for client in pair] == [True] * 2
    events = [event for event in one.list_changes(models=["both"]) if "ensemble" in event.action]
    blocked = False
    for event in sorted(events, key=lambda event: event.revision):
        if event.action != "ensemble.update":
            assert (event.action == "ensemble.block") is not blocked
            blocked = not blocked
    assert not blocked
    assert len({event.revision for event in events}) == len(events)
