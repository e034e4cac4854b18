"""Values and paths in messages, with bounded length."""

import re
from collections.abc import Iterator, Sequence

Path = tuple[str | int, ...]

_MAX_SHOWN = 60
_MAX_SENTENCE = 300
_MOST_BITS = 1_024
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def shown(value: object) -> str:
    """Return the repr of a value, cut at 60 characters, at bounded cost."""
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > _MAX_SHOWN:
            return f"{text[:_MAX_SHOWN]}…"
    return text


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, str):
        cut = repr(value[: _MAX_SHOWN + 1])
        yield cut if len(value) <= _MAX_SHOWN else cut[:-1]
    elif isinstance(value, dict):
        yield "{"
        for index, (key, item) in enumerate(value.items()):
            yield ", " if index else ""
            yield f"{shown(key)}: "
            yield from _pieces(item)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, item in enumerate(value):
            yield ", " if index else ""
            yield from _pieces(item)
        yield "]"
    else:
        yield _number(value)


def _number(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return "a large integer"  # the cost of writing digits is quadratic
    return repr(value)


def sentence(path: Path, message: str) -> str:
    """Return a message of bounded length, without lone surrogates."""
    clean = f"{place(path)}: {message}".encode(errors="replace").decode()
    return clean if len(clean) <= _MAX_SENTENCE else f"{clean[: _MAX_SENTENCE - 1]}…"


def place(path: Sequence[str | int], whole: str = "record") -> str:
    """Return a path such as `slices[3].result` or `metrics['a b']`; `whole` for an empty one."""
    text = ""
    for part in path:
        if isinstance(part, str) and _WORD.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{shown(part)}]"
    return text or whole
