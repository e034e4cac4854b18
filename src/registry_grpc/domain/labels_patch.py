"""A change of labels, as an update mask describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LabelsPatch:
    """Replace all labels by `values`, or set some and remove some."""

    values: Mapping[str, str]
    replace_all: bool = True
    removed: frozenset[str] = field(default_factory=frozenset)

    def apply(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return what the labels become."""
        if self.replace_all:
            return dict(self.values)
        kept = {key: value for key, value in labels.items() if key not in self.removed}
        return {**kept, **self.values}
