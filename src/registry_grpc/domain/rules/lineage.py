"""Required provenance of a version."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.rules.check import Case, Needs, NotEvaluable, Verdict, passed, refused
from registry_grpc.domain.violations import Violations

_NAMED = 5


@dataclass(frozen=True, slots=True)
class RequiredLineage:
    """The provenance that must be recorded with the version.

    pinned_datasets: at least one input, and every input with a digest. clean_commit: a commit, with
    a work tree that is known to be clean. environment: packages or a container image.
    """

    pinned_datasets: bool = False
    clean_commit: bool = False
    environment: bool = False

    @property
    def needs(self) -> Needs:
        """Only the version."""
        return Needs()

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        wanted = self.pinned_datasets or self.clean_commit or self.environment
        found.check(path, wanted, "demands nothing")

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict for each requirement."""
        detail = case.candidate.version.detail
        if detail is None:
            message = "the version was read without its detail"
            raise NotEvaluable(message)
        if self.pinned_datasets:
            yield _datasets(detail)
        if self.clean_commit:
            yield _commit(detail)
        if self.environment:
            yield _environment(detail)


def _datasets(detail: VersionDetail) -> Verdict:
    expected = "datasets with digests"
    if not detail.inputs:
        return refused("no dataset is recorded", "inputs", "", expected, "none")
    loose = [item.uri for item in detail.inputs if not item.digest]
    if not loose:
        count = f"{len(detail.inputs)} pinned"
        return passed("every dataset is pinned", "inputs", "", expected, count)
    names = ", ".join(loose[:_NAMED]) + (" …" if len(loose) > _NAMED else "")
    message = f"{len(loose)} dataset(s) have no digest: {names}"
    return refused(message, "inputs", "", expected, f"without digest: {names}")


def _commit(detail: VersionDetail) -> Verdict:
    expected, source = "a clean commit", detail.source
    if source is None or not source.commit:
        return refused("no commit is recorded", "source", "", expected, "none")
    if source.dirty is None:
        message = f"it is not known whether the work tree of {source.commit} was clean"
        return refused(message, "source", "", expected, "not known to be clean")
    if source.dirty:
        message = f"the work tree had changes beyond {source.commit}"
        return refused(message, "source", "", expected, "a dirty work tree")
    message = f"made from the clean commit {source.commit}"
    return passed(message, "source", "", expected, source.commit)


def _environment(detail: VersionDetail) -> Verdict:
    expected, found = "packages or an image", detail.environment
    if found is None or not (found.packages or found.image):
        message = "no environment is recorded"
        return refused(message, "environment", "", expected, "none")
    actual = found.image or f"{len(found.packages)} packages"
    return passed("the environment is recorded", "environment", "", expected, actual)
