"""kill -9 of a client during a push: the same command, run again, completes it."""

import re
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random
from subprocess import DEVNULL

import pytest

from tests.support.content import MIB
from tests.support.faults import push_program
from tests.support.faults.amount import amount, randomness
from tests.support.faults.invariants import check_swept, check_visible
from tests.support.faults.site import Site, on_bucket, on_files
from tests.support.python import Python, clean_environ

CAMPAIGNS = range(amount(1, 5))
KILLS = amount(4, 10)
SENT_AGAIN = 8 * MIB  # at most, per kill: what was on its way
_BYTES_IN = re.compile(r"^registry_artifact_received_bytes_total (\S+)$", re.MULTILINE)


@pytest.fixture(params=["files", "bucket"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A registry on files, and one on a bucket."""
    make = on_bucket if request.param == "bucket" else on_files
    with make(tmp_path / "registry") as made:
        yield made


@pytest.mark.timeout(600)
@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_a_killed_push_goes_on_when_run_again(site: Site, tmp_path: Path, campaign: int) -> None:
    random = randomness(f"client killed, campaign {campaign}")
    folder = tmp_path / "model"
    folder.mkdir()
    total = fill(folder, random)

    for _ in range(KILLS):
        push(site, folder, tmp_path / "home", kill_at=random.randint(0, total))
        with site.stubs() as stubs:
            check_visible(stubs)
    push(site, folder, tmp_path / "home")

    with site.stubs() as stubs:
        assert sum(check_visible(stubs).values()) == total
    assert bytes_in(site) <= total + KILLS * SENT_AGAIN
    check_swept(site)


def fill(folder: Path, random: Random) -> int:
    """Write some large files and many small ones; return their size together."""
    sizes = [random.randint(4 * MIB, 16 * MIB) for _ in range(3)]
    sizes += [random.randint(0, 64 * 1024) for _ in range(40)]
    for number, size in enumerate(sizes):
        (folder / f"part-{number}").write_bytes(random.randbytes(size))
    return sum(sizes)


def push(site: Site, folder: Path, home: Path, kill_at: int | None = None) -> None:
    """Push in a process, and kill it when so many bytes are settled (if it gets there)."""
    program = ("-m", push_program.__name__, site.server.target, "killed", folder)
    environ = {**clean_environ(), "MODELREG_CACHE_DIR": str(home)}
    with Python(program, environ, stderr=DEVNULL) as process:
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        assert process.stdout is not None
        for line in process.stdout:
            if kill_at is not None and int(line) >= kill_at:
                process.kill()
                break
        code = process.wait()
        watchdog.cancel()
    assert code == 0 or (kill_at is not None and code < 0)


def bytes_in(site: Site) -> float:
    """Return how many bytes the server has taken in, by its own count."""
    [port] = re.findall(r"metrics .*listen=127\.0\.0\.1:(\d+)", site.server.log)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    [count] = _BYTES_IN.findall(text)
    return float(count)
