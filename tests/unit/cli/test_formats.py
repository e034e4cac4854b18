"""Sizes, times, numbers and texts for people."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelregistry.cli import formats

NOW = datetime(2026, 10, 4, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "byte_count,said",
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (90_868_376, "86.7 MiB"),
        (5 * 1024**4, "5.0 TiB"),
        (2**63 - 1, "8.0 EiB"),
    ],
)
def test_sizes_are_in_binary_units(byte_count: int, said: str) -> None:
    assert formats.size(byte_count) == said


@pytest.mark.parametrize(
    "byte_count,said", [(None, "default"), (0, "none"), (1, "1 B"), (500 * 1024**3, "500.0 GiB")]
)
def test_quotas_are_sizes_or_words(byte_count: int | None, said: str) -> None:
    assert formats.quota(byte_count) == said


@pytest.mark.parametrize(
    "passed,said",
    [
        (timedelta(seconds=0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=3, seconds=59), "3 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=45), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=-17), "in 17 seconds"),
        (timedelta(minutes=-5), "in 5 minutes"),
    ],
)
def test_times_are_told_from_now(passed: timedelta, said: str) -> None:
    assert formats.ago(NOW - passed, NOW) == said


def test_no_time_is_a_dash() -> None:
    assert formats.ago(None, NOW) == "-"
    assert formats.exact(None, NOW) == "-"


def test_an_exact_time_is_in_utc_and_says_how_long_ago() -> None:
    moment = datetime.fromisoformat("2026-10-04T13:57:01+02:00")
    assert formats.exact(moment, NOW) == "2026-10-04 11:57:01 UTC (2 minutes ago)"


def test_metrics_are_sorted_shortened_and_counted() -> None:
    values = {"n": 12000.0, "auc": 0.971234, "loss": -0.3, "tiny": 1e-9}
    assert formats.metrics(values) == "auc=0.9712 loss=-0.3 n=12000 +1"
    assert formats.metrics({}) == ""
    assert formats.number(1e-9) == "1e-09"
    assert formats.number(1e300) == "1e+300"


def test_one_line_marks_what_is_left_out() -> None:
    assert formats.one_line("  Better recall\n\nMore words") == "Better recall …"
    assert formats.one_line("Better recall\n") == "Better recall"


def test_a_digest_is_shortened_behind_its_algorithm() -> None:
    assert formats.short_digest("sha256:" + "0123456789abcdef" * 4) == "sha256:0123456789ab"


def test_what_steers_a_terminal_is_made_visible() -> None:
    assert formats.clean("a\x1b]0;title\x07b\x9b2J\u202eend\nnext") == (
        "a\\x1b]0;title\\x07b\\x9b2J\\u202eend\\nnext"
    )
    assert formats.clean("Grüße, 日本, é") == "Grüße, 日本, é"


@given(st.text(alphabet=st.characters(codec=None)))
def test_cleaned_text_is_always_printable_on_its_lines(text: str) -> None:
    for line in formats.clean(text).split("\n"):
        assert "\x1b" not in line
        assert line.encode("utf-8").decode("utf-8") == line
        assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)


@pytest.mark.parametrize(
    "ref, word",
    [
        ("fraud/7", "fraud/7"),
        ("risk/Production_RF@Champion", "risk/Production_RF@Champion"),
        ("My model 2/7", "'My model 2/7'"),
        ("ein Modell (neu)", "'ein Modell (neu)'"),
        ("-x/7", "default/-x/7"),
        ("--json (1)", "'default/--json (1)'"),
        ("\u8a50\u6b3a\u691c\u77e5/7", "\u8a50\u6b3a\u691c\u77e5/7"),
        ("it's", "'it'\"'\"'s'"),
        ("a;rm -rf x", "'a;rm -rf x'"),
        ("a\nb", "'a\\nb'"),
    ],
)
def test_a_reference_in_a_command_is_one_word_of_a_shell(ref: str, word: str) -> None:
    assert formats.shell_word(ref) == word
