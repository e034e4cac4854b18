"""The quickstart as a newcomer runs it: what it shows is true, and it leaves nothing."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.python import clean_environ
from tests.support.serving import within

Story = subprocess.CompletedProcess[str]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
QUICKSTART = EXAMPLES / "quickstart.py"
GONE_S = 120.0

# The user of this test has another registry, which the quickstart must not touch. No server listens
# at these addresses.
ANOTHER_REGISTRY = {
    "MODELREG_NAMESPACE": "elsewhere",
    "MODELREG_SERVER": "127.0.0.1:1",
    "MODELREG_TOKEN": "of-another-registry",
    "REGISTRY_DATABASE": "postgresql://nobody@127.0.0.1:1/nothing",
    "REGISTRY_LISTEN": "127.0.0.1:1",
}

TAMPERING = """
import sys
import quickstart

pull = quickstart.Client.pull

def pull_and_change_a_byte(*arguments):
    folder = pull(*arguments)
    (folder / "README.md").write_text("changed")
    return folder

quickstart.Client.pull = pull_and_change_a_byte
quickstart.main()
"""


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the quickstart makes its own."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def story(temporary: Path) -> Story:
    return subprocess.run(
        [sys.executable, QUICKSTART],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environ(temporary) | ANOTHER_REGISTRY,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=500,
    )


@pytest.fixture
def interruptible() -> Iterator[None]:
    # What a shell runs in the background ignores SIGINT, and so would the programs it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def environ(temporary: Path) -> dict[str, str]:
    return clean_environ() | {"TMPDIR": str(temporary)}


def left_behind(temporary: Path) -> list[str]:
    """Files that are still there, and processes that were started for them."""
    return [str(path) for path in temporary.iterdir()] + running(temporary)


def running(temporary: Path) -> list[str]:
    """Processes that were started for them."""
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if any(str(temporary) in word for word in process.info["cmdline"] or [])
    ]


def test_the_quickstart_succeeds_whatever_other_registry_the_environment_names(
    story: Story,
) -> None:
    assert (story.returncode, story.stderr) == (0, "")


def test_the_quickstart_shows_every_fact_that_it_checks(story: Story) -> None:
    ticks = [line.strip() for line in story.stdout.splitlines() if "✓" in line]

    assert ticks == [
        "✓ promotion of digits/2 blocked: it is worse on one digit",
        "✓ every rule passes, and an approval is required",
        "✓ the requester may not approve",
        "✓ a second person approves, which applies it",
        "✓ digits@production is digits/3",
        "✓ a move with the old etag fails",
        "✓ digits@champion is digits/3",
        "✓ digits@champion was digits/1 before the move",
        "✓ the files are those that were pushed",
        "✓ their SHA-256 match the registry",
        "✓ all 450 predictions match the trained model",
        "✓ digits@production is digits/1 again",
        "✓ the champion stays where it is",
        "✓ it has the reasons of request, approval and rollback",
        "✓ each reader gets the same again, here without any call",
        "✓ from 10 % to 50 %: just 40 % move",
        "✓ they all move from the old model to the new one",
        "✓ rolled back, each reader has what it had",
    ]


def test_the_quickstart_shows_a_slice_with_its_size_and_confidence(story: Story) -> None:
    hardest = [line for line in story.stdout.splitlines() if "hardest slice" in line]

    assert len(hardest) == 3
    assert all(" of " in line and "95 % confidence" in line for line in hardest)


def test_the_quickstart_shows_the_tables_of_the_command_line(story: Story) -> None:
    rows = [line.split() for line in story.stdout.splitlines()]

    assert ["modelreg", "versions", "list", "digits"] in rows
    assert any(row[:3] == ["digits/3", "champion", "archived"] for row in rows)
    assert any(row[:3] == ["digits/1", "-", "production"] for row in rows)
    moves = [row for row in rows if row[-4:] == ["better", "on", "every", "digit"]]
    assert len(moves) == 1
    assert {"digits/1", "digits/3"} <= set(moves[0])
    assert [row[1:4] for row in rows if row[:1] in (["old"], ["new"])] == [
        ["digits/1", "90", "%"],
        ["digits/3", "10", "%"],
    ]


def test_the_quickstart_shows_what_the_rules_found(story: Story) -> None:
    rows = [line.split() for line in story.stdout.splitlines()]

    assert [row[1] for row in rows if row[:1] == ["FAIL"]] == ["digit=8"]
    assert [row[1] for row in rows if row[:1] == ["PASS"]] == [
        "all",
        *(f"digit={digit}" for digit in range(10) if digit != 8),
    ]


def test_the_quickstart_fits_a_narrow_terminal(story: Story) -> None:
    widths = {line: len(line) for line in story.stdout.splitlines()}

    assert max(widths.values()) <= 80, max(widths, key=lambda line: widths[line])


def test_the_quickstart_leaves_nothing(story: Story, temporary: Path) -> None:
    assert story.returncode == 0
    assert left_behind(temporary) == []


def test_the_quickstart_fails_when_a_byte_is_not_what_was_pushed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TAMPERING],
        capture_output=True,
        check=False,
        env=environ(tmp_path) | {"PYTHONPATH": str(EXAMPLES)},
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=500,
    )

    assert done.returncode == 1
    assert "✗ the files are those that were pushed" in done.stderr
    assert left_behind(tmp_path) == []


def test_a_killed_quickstart_leaves_no_server(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, QUICKSTART],
        env=environ(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if "digits/1" in line)
        assert running(tmp_path) != []
        process.kill()

    within(GONE_S, lambda: running(tmp_path) == [])


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    "number,code",
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_interrupted_quickstart_leaves_nothing(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, QUICKSTART],
        env=environ(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        # Its server runs and it is in the middle of its story.
        next(line for line in process.stdout if "digits/1" in line)
        assert left_behind(tmp_path) != []
        process.send_signal(number)
        rest = process.stdout.read()

    assert process.returncode == code
    assert "champion is pulled" not in rest
    assert left_behind(tmp_path) == []
