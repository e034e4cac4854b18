"""Ensembles: versions with their members in all levels."""

from datetime import datetime

from modelregistry._async.methods import Methods
from modelregistry._convert import times
from modelregistry._convert.closure import closure_from_message
from modelregistry._convert.writing import build
from modelregistry.types import Closure
from modelregistry.v1 import lookup_service_pb2 as pb


class EnsembleMethods(Methods):
    """Ensembles."""

    async def resolve_closure(
        self,
        ref: str,
        *,
        unit: str = "",
        as_of: datetime | None = None,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Closure:
        """Return the version that a reference resolves to and its members, as of one revision.

        `unit` is what to serve, for a reference to a route. A version that is no ensemble has no
        members. The number of an ensemble that is blocked resolves: the states of members say why.
        Raises what `resolve` raises.
        """
        request = build(
            pb.ResolveClosureRequest,
            ref=self._ref(ref),
            unit=unit,
            as_of=times.to_message(as_of, "as_of"),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.lookup.ResolveClosure, request)
        return closure_from_message(reply, request.ref, 0 if as_of else min_revision)
