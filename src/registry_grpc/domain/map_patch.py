"""A change of labels or annotations, as an update mask describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MapPatch:
    """Replace all pairs by `values`, or set some and remove some."""

    values: Mapping[str, str]
    replace_all: bool = True
    removed: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing, whatever the pairs are."""
        return not (self.replace_all or self.values or self.removed)

    def apply(self, pairs: Mapping[str, str]) -> dict[str, str]:
        """Return what the pairs become."""
        if self.replace_all:
            return dict(self.values)
        kept = {key: value for key, value in pairs.items() if key not in self.removed}
        return {**kept, **self.values}


UNCHANGED = MapPatch({}, replace_all=False)
