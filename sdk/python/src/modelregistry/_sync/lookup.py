# Generated from _async/lookup.py by scripts/generate_sync.py: never edit this.
"""Lookups: references resolved to versions."""

from collections.abc import Iterable
from datetime import datetime

from modelregistry._convert import checked, times
from modelregistry._convert import version as convert
from modelregistry._convert.resolution import answers_from_message, redirected
from modelregistry._convert.writing import build
from modelregistry._sync.methods import Methods
from modelregistry.errors import RegistryError
from modelregistry.types import Version
from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1 import version_pb2

_BASIC = version_pb2.VersionView.VERSION_VIEW_BASIC
_FULL = version_pb2.VersionView.VERSION_VIEW_FULL


class LookupMethods(Methods):
    """Lookups.

    A reference is `fraud/7`, `fraud@champion` (an alias), `fraud@production` (a stage),
    `fraud@latest`, `fraud@sha256:<root digest>`, each with a namespace in front (`risk/fraud/7`)
    for another than the client's; or a full name.
    """

    def resolve(
        self,
        ref: str,
        *,
        unit: str = "",
        as_of: datetime | None = None,
        full: bool = False,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Version:
        """Return the version that a reference resolves to, or resolved to at the moment `as_of`.

        `unit` is what to serve, such as a customer, for a reference to a route; `resolve_unit`
        returns the decision of the route too. `as_of` needs a time zone. Labels, stage, state and
        aliases are those of that moment. A former name of a model leads to it, until another model
        takes that name; the version then has `redirected_from`.
        Raises NamespaceNotFound, ModelNotFound, ModelDeleted, VersionNotFound, VersionDeleted,
        AliasNotFound or StageEmpty.
        """
        request = build(
            pb.ResolveVersionRequest,
            ref=self._ref(ref),
            unit=unit,
            as_of=times.to_message(as_of, "as_of"),
            min_revision=min_revision,
            history_id=history_id,
            view=_FULL if full else _BASIC,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.lookup.ResolveVersion, request)
        checked.at_least(reply.revision, 0 if as_of else min_revision)
        return convert.found_version(redirected(reply.version, reply), request.ref)

    def resolve_many(
        self,
        refs: Iterable[str],
        *,
        units: Iterable[str] = (),
        as_of: datetime | None = None,
        full: bool = False,
        min_revision: int = 0,
        history_id: str = "",
    ) -> list[Version | RegistryError]:
        """Resolve up to 1,000 references atomically, at one revision, in the given order.

        `units` has the unit of each reference, '' for none; or none at all. For a reference that
        resolves to no version the list has the error that `resolve` would raise. Raises
        LimitExceeded when the versions exceed 3 MiB together: resolve fewer at once, or without
        `full`.
        """
        asked = [self._ref(ref) for ref in refs]
        if not asked:
            return []
        request = build(
            pb.BatchResolveVersionsRequest,
            refs=asked,
            units=list(units),
            as_of=times.to_message(as_of, "as_of"),
            min_revision=min_revision,
            history_id=history_id,
            view=_FULL if full else _BASIC,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.lookup.BatchResolveVersions, request)
        return answers_from_message(reply, asked, 0 if as_of else min_revision)
