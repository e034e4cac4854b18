"""Ensembles in the forms of other programs. Pure: each writer returns the text of a document.

The members of an ensemble are services or models of their own there. A member that is an ensemble
itself is exported for itself. Each document says in a comment what it loses.
"""

from collections.abc import Callable, Mapping
from typing import Final

from modelregistry.ensemble_export.kserve import to_kserve
from modelregistry.ensemble_export.parts import NotExportable
from modelregistry.ensemble_export.triton import to_triton
from modelregistry.types import Signature, Version

FORMATS: Final[Mapping[str, Callable[[Version, Mapping[str, Signature | None]], str]]] = {
    "triton": to_triton,
    "kserve": to_kserve,
}
"""The writers, by the names of their formats.

Each takes a version with its members, and the signatures of direct members by role.
"""

__all__ = ["FORMATS", "NotExportable", "to_kserve", "to_triton"]
