"""Text that must not be shown: access tokens."""

from typing import Final, NoReturn

HIDDEN: Final = "***"


class Secret:
    """A text that prints as `***` in every form: str, repr, format, logs and tracebacks.

    `reveal` returns the text; call it only where the text is used. An empty secret is false.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        """Hold the text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, _specification: str) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        message = "a secret is not written to files or sent to other processes"
        raise TypeError(message)
