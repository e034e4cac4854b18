"""The errors of a push in the terms of the command line: options instead of arguments."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from modelregistry._convert.writing import sentence
from modelregistry.errors import InvalidRequest, RegistryError, Violation

_KEYED: Final = re.compile(r'(metrics|params|tags|labels|annotations)\["(.*)"\]', re.DOTALL)
_LISTED: Final = re.compile(r"(parents|inputs)\[(\d+)\].*")
_OPTIONS: Final[Mapping[str, str]] = {
    "model": "MODEL",
    "alias": "--alias",
    "description": "--description",
    "metrics": "--metric",
    "params": "--param",
    "tags": "--tag",
    "labels": "--label",
    "annotations": "--annotate",
    "source.uri": "--by-reference",
    "parents": "--parent",
    "inputs": "--input",
    "slices": "--slices",
    "signature": "--signature",
    "ensemble": "--member",
    "path": "PATH",
}


def in_options(error: RegistryError, given: Mapping[str, Sequence[str]]) -> RegistryError:
    """Return the error with the options that its violations are about.

    given: the values of repeatable options, by argument: `parents[1]` is shown as `--parent REF`.
    """
    for problem in (error, *error.problems):
        problem.violations = tuple(
            Violation(_option(violation.field, given), violation.description)
            for violation in problem.violations
        )
        if isinstance(problem, InvalidRequest) and problem.violations:
            problem.message = sentence(problem.violations)
    return error


def _option(field: str, given: Mapping[str, Sequence[str]]) -> str:
    if field in _OPTIONS:
        return _OPTIONS[field]
    if keyed := _KEYED.fullmatch(field):
        return f"{_OPTIONS[keyed[1]]} {keyed[2]}"
    if listed := _LISTED.fullmatch(field):
        values, number = given.get(listed[1], ()), int(listed[2])
        if number < len(values):
            return f"{_OPTIONS[listed[1]]} {values[number]}"
    name, dot, rest = field.partition(".")
    option = _OPTIONS.get(re.sub(r"\[\d+\]", "", name))
    return field if option is None or (dot and not rest) else option
