"""The inference server of examples/: models are swapped and registries die, no prediction fails."""

import http.client
import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from modelregistry import Client
from tests.support.faults.amount import amount
from tests.support.server import RegistryProcess
from tests.support.serving import SEEN_S, THREADS, Fraud, Serving, Traffic, ask, within

AWAY_S = amount(3, 30)
LOADING_S = 5.0
BODY = json.dumps({"rows": [[3.0]]}).encode()


class SlowToLoad:
    """Takes its time to be unpickled."""

    @override
    def __reduce__(self) -> tuple[object, ...]:
        return time.sleep, (LOADING_S,)


class Unloadable:
    """Cannot be unpickled."""

    @override
    def __reduce__(self) -> tuple[object, ...]:
        return int, ("no number",)


@pytest.fixture
def fraud(registry_process: RegistryProcess, tmp_path: Path) -> Iterator[Fraud]:
    """A model of the test's own, whose first version is the champion."""
    with Client(registry_process.target) as client:
        made = Fraud(client, tmp_path / "trained")
        made.promote(made.push())
        yield made


@pytest.fixture
def serving(fraud: Fraud, tmp_path: Path) -> Iterator[Serving]:
    """The program that serves its champion."""
    with Serving(fraud.client.target, f"{fraud.name}@champion", tmp_path / "serving") as process:
        yield process


@pytest.fixture
def traffic(serving: Serving, fraud: Fraud) -> Iterator[Traffic]:
    """Predictions, asked for all the time; each has to be right."""
    with Traffic(serving.where, fraud.factors).flowing() as flowing:
        yield flowing


@pytest.mark.timeout(300)
def test_no_prediction_fails_while_versions_are_promoted_and_the_registry_dies(
    own_registry: RegistryProcess, tmp_path: Path
) -> None:
    own_registry.start()
    with Client(own_registry.target) as client:
        fraud = Fraud(client, tmp_path / "trained")
        one, two, three = (fraud.push() for _ in range(3))
        fraud.promote(one)
        with (
            Serving(client.target, f"{fraud.name}@champion", tmp_path / "serving") as serving,
            Traffic(serving.where, fraud.factors).flowing() as traffic,
        ):
            for version in (two, one, three, two, one, three, two):
                fraud.promote(version)
                traffic.changes_to(version)

            own_registry.kill()
            back = time.monotonic() + AWAY_S
            within(SEEN_S, lambda: serving.health()["stale"])
            serving.start()
            traffic.where = serving.where
            traffic.goes_on()
            serving.signal()
            assert serving.ended() == 0
            health = serving.health()
            assert (health["version"], health["stale"]) == (two.ref, True)
            assert health["age_s"] > 0
            time.sleep(max(0.0, back - time.monotonic()))
            traffic.goes_on()

            own_registry.restart()
            within(SEEN_S, lambda: not serving.health()["stale"])
            for version in (one, three):
                fraud.promote(version)
                traffic.changes_to(version)

            fraud.promote(two)
            own_registry.kill()  # before or after the move was reported, or its files were fetched
            own_registry.restart()
            traffic.changes_to(two)
            within(SEEN_S, lambda: not serving.health()["problem"])
    moves = [one, two, one, three, two, one, three, two, one, three, two]
    assert traffic.seen == [[version.ref for version in moves]] * THREADS


def test_a_version_that_takes_long_to_load_keeps_nobody_waiting(
    fraud: Fraud, traffic: Traffic
) -> None:
    slow = fraud.push(with_it=SlowToLoad())
    fraud.promote(slow)
    begun = time.monotonic()
    within(LOADING_S + SEEN_S, lambda: all(seen[-1:] == [slow.ref] for seen in traffic.seen))
    assert time.monotonic() - begun >= LOADING_S
    assert traffic.slowest < LOADING_S


def test_a_version_that_does_not_load_is_reported_and_the_one_before_serves(
    fraud: Fraud, serving: Serving, traffic: Traffic
) -> None:
    broken = fraud.push(with_it=Unloadable())
    fraud.promote(broken)
    within(SEEN_S, lambda: serving.health()["problem"])
    assert f"{broken.ref} does not load: ValueError" in serving.health()["problem"]
    assert serving.health()["version"] == f"{fraud.name}/1"
    traffic.goes_on()

    mended = fraud.push()
    fraud.promote(mended)
    traffic.changes_to(mended)
    within(SEEN_S, lambda: not serving.health()["problem"])
    assert all(broken.ref not in seen for seen in traffic.seen)


def test_an_alias_that_is_removed_is_reported_and_followed_when_it_is_back(
    fraud: Fraud, serving: Serving, traffic: Traffic
) -> None:
    fraud.client.delete_alias(fraud.name, "champion")
    within(SEEN_S, lambda: "cannot be followed" in serving.health()["problem"])
    traffic.goes_on()
    second = fraud.push()
    fraud.promote(second)
    traffic.changes_to(second)
    within(SEEN_S, lambda: not serving.health()["problem"])


def test_a_kept_model_that_was_damaged_is_fetched_again(fraud: Fraud, serving: Serving) -> None:
    serving.signal()
    assert serving.ended() == 0
    kept = serving.home / "model" / "model.joblib"
    kept.write_bytes(kept.read_bytes()[:-1])
    serving.start()
    with Traffic(serving.where, fraud.factors).flowing() as traffic:
        traffic.goes_on()


def test_a_version_that_cannot_be_fetched_is_tried_again(
    fraud: Fraud, serving: Serving, traffic: Traffic
) -> None:
    target = serving.home / "model"
    shutil.rmtree(target)
    target.touch()  # a pull does not replace a file
    second = fraud.push()
    fraud.promote(second)
    within(SEEN_S, lambda: "cannot be followed" in serving.health()["problem"])
    traffic.goes_on()
    target.unlink()
    traffic.changes_to(second)


@contextmanager
def half_asked(serving: Serving) -> Iterator[http.client.HTTPConnection]:
    """Ask for a prediction, all but the rows."""
    with closing(http.client.HTTPConnection(serving.where, timeout=SEEN_S)) as connection:
        connection.putrequest("POST", "/predict")
        connection.putheader("Content-Length", str(len(BODY)))
        connection.endheaders()
        serving.health()  # came later, so this one was accepted
        yield connection


def the_rest(connection: http.client.HTTPConnection) -> dict[str, object]:
    """Send the rows and return the answer."""
    connection.send(BODY)
    reply = connection.getresponse()
    assert reply.status == 200
    return dict(json.load(reply))


def test_an_answer_is_of_the_version_that_it_names_though_another_came_meanwhile(
    fraud: Fraud, serving: Serving
) -> None:
    second = fraud.push()
    with half_asked(serving) as connection:
        fraud.promote(second)
        within(SEEN_S, lambda: serving.health()["version"] == second.ref)
        answer = the_rest(connection)
    factor = fraud.factors[str(answer["version"])]
    assert answer["predictions"] == pytest.approx([3 * factor])


def test_what_was_asked_before_sigterm_is_answered(serving: Serving) -> None:
    queued = http.client.HTTPConnection(serving.where, timeout=SEEN_S)
    with half_asked(serving) as connection, closing(queued):
        serving.signal(signal.SIGSTOP)
        queued.request("GET", "/healthz")
        serving.signal()
        serving.signal(signal.SIGCONT)
        assert queued.getresponse().status == 200
        within(SEEN_S, lambda: refuses(serving.where))
        assert the_rest(connection)["predictions"] == pytest.approx([6.0])
    assert serving.ended() == 0


def refuses(where: str) -> bool:
    """Return whether no process listens there any more."""
    try:
        ask(where, "/healthz")
    except ConnectionRefusedError:
        return True
    except OSError:
        pass  # was in the queue when it was closed
    return False


@pytest.mark.parametrize(
    "document", [{"row": [[1.0]]}, {"rows": [[1.0, 2.0]]}, ["rows"]], ids=["name", "width", "list"]
)
def test_rows_that_do_not_fit_are_refused_by_the_version(
    serving: Serving, fraud: Fraud, document: object
) -> None:
    status, answer = ask(serving.where, "/predict", document)
    assert (status, answer["version"]) == (400, f"{fraud.name}/1")
    assert answer["error"]
