"""Routers through outages, restarts and changes, against a real server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelregistry import AsyncClient, Client, Route, RouteArm, errors
from tests.support.faults.crew import until
from tests.support.server import RegistryProcess

UNITS = [f"user-{n}" for n in range(300)]


def arms(*shares: int) -> list[RouteArm]:
    """Return arms a, b … with the versions 1, 2 … and these weights."""
    return [
        RouteArm(id="ab"[index], version=str(index + 1), weight=weight)
        for index, weight in enumerate(shares)
    ]


@pytest.fixture
def registry(own_registry: RegistryProcess) -> Iterator[Client]:
    """A client of a server of the test's own, with fraud/1 and fraud/2."""
    with Client(own_registry.start().target, cache=False) as client:
        for _ in range(2):
            client.push("fraud", Path(__file__), environment=None, source=None)
        yield client


@pytest.mark.timeout(300)
def test_a_router_serves_through_outages_and_starts_from_its_last_route(
    registry: Client, own_registry: RegistryProcess, tmp_path: Path
) -> None:
    seen: list[tuple[int | None, int | None]] = []

    def on_change(now: Route | None, before: Route | None) -> None:
        seen.append((now.revision if now else None, before.revision if before else None))

    first = registry.set_route("fraud", "checkout", arms(6_000, 4_000), "a", overrides={"t": "b"})
    with (
        Client(registry.target, cache=tmp_path) as client,
        client.router("fraud@checkout", on_change=on_change) as router,
    ):
        second = registry.set_route("fraud", "checkout", arms(3_000, 7_000), "a")
        until(lambda: router.current.revision == second.revision)
        before = {unit: router.route(unit) for unit in UNITS}
        until(lambda: seen == [(second.revision, first.revision)])

        own_registry.kill()
        until(lambda: router.stale)
        assert {unit: router.route(unit) for unit in UNITS} == before

        with Client(registry.target, cache=tmp_path, timeout=2) as late:
            with late.router("fraud@checkout") as again:
                assert again.current == second
                assert again.stale
                assert again.age > 0
                assert {unit: again.route(unit) for unit in UNITS} == before
            with pytest.raises(errors.RegistryError):
                late.router("fraud@other").open()

        own_registry.restart()
        until(lambda: not router.stale)
        third = registry.set_route("fraud", "checkout", arms(10_000), "a")
        until(lambda: router.current.revision == third.revision)
        registry.delete_route("fraud", "checkout")
        until(lambda: seen[-1][0] is None)
        with pytest.raises(errors.RouteNotFound):
            router.route("user-1")
        assert seen[1:] == [(third.revision, second.revision), (None, third.revision)]

        own_registry.kill()
        with (
            Client(registry.target, cache=tmp_path, timeout=2) as late,
            pytest.raises(errors.RegistryError),
        ):
            late.router("fraud@checkout").open()  # a removed route is not kept


def test_a_router_refuses_the_units_that_the_registry_refuses(registry: Client) -> None:
    registry.set_route("fraud", "checkout", arms(6_000, 4_000), "a")
    with registry.router("fraud@checkout") as router:
        for unit in ("u" * 256, "ü" * 128, "🚀" * 64):
            assert router.route(unit) == registry.resolve_unit("fraud@checkout", unit).decision
        wrong: list[Any] = ["u" * 257, "ü" * 129, "🚀" * 65, "\ud800", 7, b"user", ["user"]]
        for unit in wrong:
            with pytest.raises(errors.InvalidRequest) as refused:
                router.route(unit)
            assert [violation.field for violation in refused.value.violations] == ["unit"]


def test_one_unreadable_route_keeps_no_other_from_changing(registry: Client) -> None:
    for route in ("checkout", "other"):
        registry.set_route("fraud", route, arms(6_000, 4_000), "a")
    registry.set_alias("fraud", "champion", 1)
    with Client(registry.target, cache=False) as client:
        with pytest.raises(errors.InvalidRequest):
            client.router("fraud@UPPER/case").open()
        with (
            client.router("fraud@checkout") as one,
            client.router("fraud@other") as two,
            client.resolver("fraud@champion") as champion,
        ):
            registry.delete_route("fraud", "checkout")
            made = registry.set_route("fraud", "other", arms(1_000, 9_000), "a")
            registry.set_alias("fraud", "champion", 2)
            until(lambda: two.current.revision == made.revision)
            until(lambda: champion.version.number == 2)
            with pytest.raises(errors.RouteNotFound):
                one.route("user-1")


def test_an_async_router_awaits_its_callback(registry: Client) -> None:
    first = registry.set_route("fraud", "checkout", arms(6_000, 4_000), "a")

    async def follow() -> tuple[int, int]:
        told: asyncio.Queue[tuple[Route | None, Route | None]] = asyncio.Queue()

        async def on_change(now: Route | None, before: Route | None) -> None:
            await told.put((now, before))

        async with (
            AsyncClient(registry.target, cache=False) as client,
            client.router("fraud@checkout", on_change=on_change),
        ):
            await client.set_route("fraud", "checkout", arms(5_000, 5_000), "a")
            now, before = await asyncio.wait_for(told.get(), 60)
            assert now is not None
            assert before is not None
            return before.revision, now.moved_from(before)

    assert asyncio.run(follow()) == (first.revision, 1_000)


def test_units_are_resolved_in_one_batch(registry: Client) -> None:
    registry.set_route("fraud", "checkout", arms(6_000, 4_000), "a")
    registry.set_alias("fraud", "champion", 2)
    asked = [("fraud@checkout", unit) for unit in UNITS]
    found = registry.resolve_units([*asked, ("fraud@champion", "user-1"), ("fraud@none", "")])
    for (ref, unit), answer in zip(asked, found, strict=False):
        assert answer == registry.resolve_unit(ref, unit)
    champion, missing = found[len(asked) :]
    assert not isinstance(champion, errors.RegistryError)
    assert (champion.version.number, champion.decision) == (2, None)
    assert isinstance(missing, errors.AliasNotFound)
    assert registry.resolve_units([]) == []
    with pytest.raises(errors.InvalidRequest):
        registry.resolve_units([("fraud@checkout", "u" * 10_240)])
