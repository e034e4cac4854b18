"""Answers kept in memory and exact: what the change log touches is forgotten.

How it stays exact. The log is applied in order, up to the revision `applied`. An answer that was
read from the database after `applied` was at least `since` is kept only if nothing of its model has
been applied behind `since` meanwhile; from then on the first change of its model drops it. So what
is kept is what the database would answer at `applied`. Pure: no clock, no I/O, used by one thread.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.watch import model_of

_OVERHEAD = 500  # bytes of Python objects around an answer, about
_MOST_TOUCHED = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered about a model, by canonical name: encoded, or the refusal it was.

    revision: of the state that it was read from, where the reply tells the revision.
    """

    model: str
    body: bytes = b""
    refusal: RegistryError | None = None
    revision: int = 0

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return len(self.body) + len(self.model) + _OVERHEAD


class Answers:
    """Answers by question, at most `most_bytes` of them: those unused for longest go first."""

    def __init__(self, most_bytes: int) -> None:
        self.applied = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._of_model: dict[str, set[Hashable]] = {}
        # When each model was last touched, oldest first; older ones are summed up as `_before`.
        self._touched: OrderedDict[str, int] = OrderedDict()
        self._before = 0

    @property
    def size(self) -> int:
        """Bytes kept, about."""
        return self._bytes

    def __len__(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    def get(self, question: Hashable, min_revision: int = 0) -> Answer | None:
        """Return the answer as of `applied`; None when it is not known, or not of that revision."""
        answer = self._kept.get(question)
        if answer is None or self.applied < max(min_revision, answer.revision):
            return None
        self._kept.move_to_end(question)
        return answer

    def put(self, question: Hashable, answer: Answer, since: int) -> None:
        """Keep an answer read when `applied` was `since` or more, unless it may be outdated."""
        if since < self._touched.get(answer.model, self._before):
            return
        self._drop(question)
        self._kept[question] = answer
        self._of_model.setdefault(answer.model, set()).add(question)
        self._bytes += answer.size
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def apply(self, revision: int, names: Iterable[str]) -> None:
        """Take in one transaction: the canonical names of what it changed."""
        self.applied = revision
        for model in {model_of(name) for name in names}:
            self._touch(model, revision)
            for question in tuple(self._of_model.get(model, ())):
                self._drop(question)
            if "/models/" not in model:
                self._drop_namespace(f"{model}/")

    def reset(self, revision: int) -> None:
        """Forget everything: the log is another one than it was."""
        self._kept.clear()
        self._of_model.clear()
        self._touched.clear()
        self._bytes = 0
        self.applied = self._before = revision

    def _touch(self, model: str, revision: int) -> None:
        self._touched[model] = revision
        self._touched.move_to_end(model)
        if len(self._touched) > _MOST_TOUCHED:
            _, self._before = self._touched.popitem(last=False)

    def _drop_namespace(self, prefix: str) -> None:
        for model in [model for model in self._of_model if model.startswith(prefix)]:
            for question in tuple(self._of_model[model]):
                self._drop(question)

    def _drop(self, question: Hashable) -> None:
        answer = self._kept.pop(question, None)
        if answer is None:
            return
        self._bytes -= answer.size
        questions = self._of_model[answer.model]
        questions.discard(question)
        if not questions:
            del self._of_model[answer.model]
