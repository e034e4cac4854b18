"""Evaluation of a schema on records."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any

from registry_grpc.domain.json_text import read
from registry_grpc.domain.work import Work
from registry_grpc.engines.json_schema.applicators import APPLICATORS, Applicator, Problem
from registry_grpc.engines.json_schema.assertions import ASSERTIONS, Assertion
from registry_grpc.engines.json_schema.references import resolved
from registry_grpc.engines.json_schema.shape import anchors_of
from registry_grpc.engines.json_schema.shown import Path, sentence, shown
from registry_grpc.engines.regex.matcher import Regex

_MAX_NESTED = 128
_UNITS_OF_A_VALUE = 0.8
_UNITS_OF_A_KEYWORD = 0.5
_UNITS_OF_A_PROBLEM = 12
_UNITS_OF_A_QUESTION = 2.0
_UNITS_OF_A_MESSAGE = 8
_Plan = Sequence[tuple[Assertion | None, Applicator | None, Any]]
"""The keywords to check on a value, in the order of the schema."""


class _EndlessError(Exception):
    """A schema refers to itself endlessly, or is nested too deep."""


class JsonSchema:
    """A valid schema, ready for use. Safe to share among threads."""

    def __init__(self, text: str, work: Work, *, check_formats: bool) -> None:
        """Raise ValueError for invalid JSON."""
        self.root = read(text, work)
        work.take(len(text) / 20)
        self.anchors = anchors_of(self.root)
        self.regexes: dict[str, Regex] = {}
        self._ignored = frozenset() if check_formats else frozenset({"format"})
        self._plans: dict[int, _Plan] = {}

    def violations(self, document: Mapping[str, object], most: int, work: Work) -> Sequence[str]:
        """Return the first violations of a document as sentences, at most `most`."""
        found: list[str] = []
        try:
            for path, message in _Check(self, work).problems(self.root, document, ()):
                work.take(_UNITS_OF_A_PROBLEM)
                found.append(sentence(path, message))
                if len(found) == most:
                    break
        except _EndlessError:
            found.append("record: the schema refers to itself without end, or goes too deep")
        return found

    def plan(self, schema: Mapping[str, Any]) -> _Plan:
        """Return the keywords of a part of the schema."""
        plan = self._plans.get(id(schema))
        if plan is None:
            plan = self._plans[id(schema)] = [
                (ASSERTIONS.get(name), APPLICATORS.get(name), value)
                for name, value in schema.items()
                if (name in ASSERTIONS or name in APPLICATORS) and name not in self._ignored
            ]
        return plan


class _Check:
    """The evaluation of one document."""

    def __init__(self, schema: JsonSchema, work: Work) -> None:
        self.work = work
        self._schema = schema
        self._nested = 0

    def problems(self, schema: Any, instance: Any, path: Path) -> Generator[Problem, None, None]:  # noqa: ANN401
        self.work.take(_UNITS_OF_A_VALUE)
        if schema is True:
            return
        if schema is False:
            yield path, f"{shown(instance)} may not be there"
            return
        self._nested += 1
        if self._nested > _MAX_NESTED:
            raise _EndlessError
        try:
            for assertion, applicator, value in self._schema.plan(schema):
                self.work.take(_UNITS_OF_A_KEYWORD)
                if assertion is not None:
                    problem = assertion(value, instance, self.work)
                    if problem:
                        yield path, problem
                elif applicator is not None:
                    yield from applicator(self, value, instance, schema, path)
        finally:
            self._nested -= 1

    def valid(self, schema: Any, instance: Any) -> bool:  # noqa: ANN401
        self.work.take(_UNITS_OF_A_QUESTION)
        with closing(self.problems(schema, instance, ())) as problems:
            if next(problems, None) is None:
                return True
            self.work.take(_UNITS_OF_A_MESSAGE)
            return False

    def regex(self, pattern: str) -> Regex:
        found = self._schema.regexes.get(pattern)
        if found is None:
            found = self._schema.regexes[pattern] = Regex(pattern, self.work)
        return found

    def resolved(self, reference: str) -> Any:  # noqa: ANN401
        self.work.take(len(reference) / 10)
        return resolved(self._schema.root, self._schema.anchors, reference)
