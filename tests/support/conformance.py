"""The cases of `sdk/conformance`, which the tests of the server and of every SDK read."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "sdk" / "conformance"


def cases(file: str) -> dict[str, Any]:
    """Return the tables of one file."""
    document: dict[str, Any] = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    return document


def label(case: str | dict[str, Any]) -> str:
    """Return an id for the test of a case: its texts, shortened."""
    texts = [case] if isinstance(case, str) else case.values()
    return " ".join(_shown(ascii(text)) for text in texts if isinstance(text, str))


def _shown(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:100]}...{len(text)}"
