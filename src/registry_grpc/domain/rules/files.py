"""Required files of a version."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.path_pattern import PathPattern
from registry_grpc.domain.rules.check import Case, Needs, NotEvaluable, Verdict, passed, refused
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import current_work

_MOST = 50
_PATTERN_BYTES = 256
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class RequiredFiles:
    """patterns: each must match a path; `*` is any text, also with `/`, `?` one character."""

    patterns: tuple[str, ...]

    @property
    def needs(self) -> Needs:
        """The paths of the files."""
        return Needs(files=True)

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        place = f"{path}.patterns"
        found.check(place, 0 < len(self.patterns) <= _MOST, f"1 to {_MOST} patterns")
        for index, pattern in enumerate(self.patterns):
            found.check(f"{place}[{index}]", bool(pattern), "is empty")
            check_text(found, f"{place}[{index}]", pattern, _PATTERN_BYTES)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict for each pattern."""
        files = case.candidate.files
        if files is None:
            message = "the files of the version were not read"
            raise NotEvaluable(message)
        for pattern in self.patterns:
            name = _first(pattern, files)
            if name is None:
                yield refused(f"no file matches {pattern}", pattern, "", "a file", "none")
            else:
                yield passed(f"{name} matches {pattern}", pattern, "", "a file", name)


def _first(pattern: str, files: frozenset[str]) -> str | None:
    if _WILD.search(pattern) is None:
        return pattern if pattern in files else None
    return min(PathPattern(pattern).among(files, current_work()), default=None)
