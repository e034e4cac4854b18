"""Routes in the forms of other programs. Pure: each writer returns the text of a document.

A route states the arm of each slot; most other programs divide by weights alone. Each document
says in a comment what it loses. A route whose default arm may not be served is refused, as
ValueError: the registry answers its units with an error, which no other program can.
"""

from collections.abc import Callable, Mapping
from typing import Final

from modelregistry.route_export.flagd import to_flagd
from modelregistry.route_export.growthbook import to_growthbook
from modelregistry.route_export.istio import to_istio
from modelregistry.route_export.kserve import to_kserve
from modelregistry.types import Route

FORMATS: Final[Mapping[str, Callable[[Route], str]]] = {
    "growthbook": to_growthbook,
    "openfeature-flagd": to_flagd,
    "kserve": to_kserve,
    "istio": to_istio,
}
"""The writers, by the names of their formats."""

__all__ = ["FORMATS", "to_flagd", "to_growthbook", "to_istio", "to_kserve"]
