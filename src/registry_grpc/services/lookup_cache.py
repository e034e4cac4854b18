"""A cache of lookups that is exact: the change log invalidates its entries.

The log is applied in order, up to the revision `applied`. An answer that was read from the database
after the moment `since` is cached only if no change of its model or namespace was applied since
then; the next change of one of these evicts it. So each cached answer is what the database would
answer at `applied`. Pure: no clock, no I/O, used by one thread.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence, Sized
from dataclasses import dataclass
from typing import Generic, TypeVar

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.history import Position
from registry_grpc.domain.id_text import folded
from registry_grpc.domain.limits import KIB
from registry_grpc.domain.names import STAGE_GRAPH
from registry_grpc.domain.route_table import Decision, RouteTable
from registry_grpc.domain.watch import model_of

# The approximate bytes of Python objects around an answer and in an error.
_OVERHEAD = 500
_REFUSAL = 800
_LARGE = 256 * KIB
_MODELS = "/models/"
_SLASHES_OF_A_NAMESPACE = 1
_MOST_TOUCHED = 100_000
Moment = tuple[int, int]
"""A logical time of the cache: how often the log was replaced, and the applied revision."""


_V = TypeVar("_V", bound=Sized)


@dataclass(frozen=True, slots=True)
class Answer(Generic[_V]):
    """The answer to a question about a model (its canonical name): a value or an error.

    value: in the form in which the caller caches it; its length is its bytes. refusal: the error.
    revision: of the state that it was read from, where the reply states the revision. present: the
    name of the model, where `model` is a former one. route: of a reference to a route, which
    chooses the arms of units; the answer is that of the default arm. decision: the chosen arm, in
    an answer for one unit, which is never cached. others: more models whose changes can change it.
    """

    model: str
    value: _V | None = None
    refusal: RegistryError | None = None
    revision: int = 0
    present: str = ""
    route: RouteTable | None = None
    decision: Decision | None = None
    others: tuple[str, ...] = ()

    @property
    def models(self) -> Sequence[str]:
        """The models whose changes can change the answer, as `_subject` returns them."""
        names = (self.model, self.present, *self.others)
        return [_subject(name) for name in names if name or not self.present]

    @property
    def size(self) -> int:
        """The approximate bytes of memory."""
        value = 0 if self.value is None else len(self.value)
        refusal = 0 if self.refusal is None else _REFUSAL
        route = 0 if self.route is None else len(self.route)
        others = sum(map(len, self.others))
        return value + len(self.model) + _OVERHEAD + refusal + route + others


class LookupCache(Generic[_V]):
    """Answers by question, at most `most_bytes` of them: the least recently used are evicted.

    Large answers get a quarter of that, so that a few cannot evict thousands of small ones.

    most_touched: the number of models of which the cache keeps the revision of the last change.
    """

    def __init__(self, most_bytes: int, most_touched: int = _MOST_TOUCHED) -> None:
        self.applied = 0
        self.history = ""
        """The history id of the applied log."""
        self.moment: Moment = (0, 0)
        """Now: read it before the database. The same object until a transaction is applied."""
        self._most_bytes = most_bytes
        self._most_large = most_bytes // 4
        self._most_touched = most_touched
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Answer[_V]] = OrderedDict()
        self._large: OrderedDict[Hashable, Answer[_V]] = OrderedDict()
        self._large_bytes = 0
        self._of_model: dict[str, set[Hashable]] = {}
        # The revision of each model's last change, oldest first; `_before` bounds the older ones.
        self._touched: OrderedDict[str, int] = OrderedDict()
        self._before = 0

    @property
    def size(self) -> int:
        """The approximate bytes of the cached answers."""
        return self._bytes

    def __len__(self) -> int:
        """The number of cached answers."""
        return len(self._kept)

    def get(
        self, question: Hashable, min_revision: int = 0, history: str = ""
    ) -> Answer[_V] | None:
        """Return the answer as of `applied`; None when it is not cached or older than required.

        history: the one of `min_revision`, '' for any.
        """
        if history and history != self.history:
            return None
        answer = self._kept.get(question)
        if answer is None or self.applied < max(min_revision, answer.revision):
            return None
        self._kept.move_to_end(question)
        if self._large and question in self._large:
            self._large.move_to_end(question)
        return answer

    def put(self, question: Hashable, answer: Answer[_V], since: Moment) -> None:
        """Cache an answer read after this moment, unless it may be outdated or is too large."""
        resets, _ = self.moment
        if since < (resets, max(map(self._last_touched, answer.models))):
            return
        self._drop(question)
        large = answer.size > _LARGE
        if answer.size > (self._most_large if large else self._most_bytes):
            return
        if large:
            self._large[question] = answer
            self._large_bytes += answer.size
            while self._large_bytes > self._most_large:
                self._drop(next(iter(self._large)))
        self._kept[question] = answer
        for model in answer.models:
            self._of_model.setdefault(model, set()).add(question)
        self._bytes += answer.size
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def apply(self, revision: int, names: Iterable[str]) -> None:
        """Apply one transaction: the canonical names of the resources that it changed."""
        self._move(self.moment[0], revision)
        for model in set(map(_subject, names)):
            self._touch(model, revision)
            for question in tuple(self._of_model.get(model, ())):
                self._drop(question)
            # Other resources of a namespace, such as lineage records, change no answer.
            if model.count("/") == _SLASHES_OF_A_NAMESPACE:
                self._drop_namespace(f"{model}/")

    def reset(self, position: Position) -> None:
        """Evict all answers: another log, at this position, has replaced the log."""
        revision = position.revision
        self.history = position.history
        self._kept.clear()
        self._large.clear()
        self._of_model.clear()
        self._touched.clear()
        self._bytes = self._large_bytes = 0
        self._move(self.moment[0] + 1, revision)
        self._before = revision

    def _move(self, resets: int, revision: int) -> None:
        self.applied, self.moment = revision, (resets, revision)

    def _last_touched(self, model: str) -> int:
        # A missing model may be due to a missing namespace.
        about = (model, model.partition(_MODELS)[0])
        return max(self._touched.get(name, self._before) for name in about)

    def _touch(self, model: str, revision: int) -> None:
        self._touched[model] = revision
        self._touched.move_to_end(model)
        if len(self._touched) > self._most_touched:
            _, self._before = self._touched.popitem(last=False)

    def _drop_namespace(self, prefix: str) -> None:
        for model in [model for model in self._of_model if model.startswith(prefix)]:
            for question in tuple(self._of_model.get(model, ())):
                self._drop(question)

    def _drop(self, question: Hashable) -> None:
        answer = self._kept.pop(question, None)
        if answer is None:
            return
        self._bytes -= answer.size
        if self._large.pop(question, None) is not None:
            self._large_bytes -= answer.size
        for model in answer.models:
            questions = self._of_model[model]
            questions.discard(question)
            if not questions:
                del self._of_model[model]


def _subject(name: str) -> str:
    """Return the model, or the namespace, whose answers a change of this resource evicts."""
    # The stages of a namespace decide what a name resolves to in any of its models. A model takes
    # its name from former holders in all its spellings.
    return folded(model_of(name.removesuffix(STAGE_GRAPH)))
