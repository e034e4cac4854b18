# Generated from _async/routes.py by scripts/generate_sync.py: never edit this.
"""Routes: references that divide units among versions."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from modelregistry import names
from modelregistry._convert import checked, times
from modelregistry._convert import route as convert
from modelregistry._convert import route_decision as decisions
from modelregistry._convert.ordering import by_name, newest_entry_first
from modelregistry._convert.page import page_of_named, page_of_one
from modelregistry._convert.writing import build, invalid
from modelregistry._sync.methods import Methods
from modelregistry._sync.pager import Pager
from modelregistry._wire.call import new_id
from modelregistry.errors import RegistryError
from modelregistry.types import Model, Page, Route, RouteArm, RoutedVersion, RouteEntry
from modelregistry.v1 import lookup_service_pb2, route_pb2, version_pb2
from modelregistry.v1 import route_service_pb2 as pb


class RouteMethods(Methods):
    """Routes."""

    def set_route(  # noqa: PLR0913 - options that people set by name
        self,
        model: str | Model,
        route: str,
        arms: Iterable[RouteArm],
        default_arm: str,
        *,
        unit_kind: str = "",
        overrides: Mapping[str, str] | None = None,
        reshuffle: bool = False,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> Route:
        """Set the arms of a route, and create the route if it does not exist.

        The weights of the arms that serve sum to 10,000. `overrides` maps units to ids of arms. As
        few units as possible get another arm than before; `reshuffle` divides all of them again.
        With `etag` the call succeeds only if the route has not changed since it was read, with
        `etag="none"` only if it does not exist. Raises InvalidRequest, NameInUse, VersionYanked,
        VersionRevoked, AliasProtected, RouteWeightExceeded or EtagMismatch.
        """
        request = build(
            pb.SetRouteRequest,
            route=self._route_message(model, route, arms, default_arm, unit_kind, overrides),
            reshuffle=reshuffle,
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.routes.SetRoute, request)
        return convert.whole_route_from_message(reply, request.route.name)

    def plan_route(
        self,
        model: str | Model,
        route: str,
        arms: Iterable[RouteArm],
        default_arm: str,
        *,
        unit_kind: str = "",
        overrides: Mapping[str, str] | None = None,
        reshuffle: bool = False,
        etag: str = "",
    ) -> Route:
        """Return the route as `set_route` would make it, and change nothing.

        `Route.moved_from` counts the slots that would move. Raises as `set_route`.
        """
        request = build(
            pb.SetRouteRequest,
            route=self._route_message(model, route, arms, default_arm, unit_kind, overrides),
            reshuffle=reshuffle,
            validate_only=True,
            etag=etag,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.routes.SetRoute, request)
        return convert.whole_route_from_message(reply, request.route.name)

    def _route_message(
        self,
        model: str | Model,
        route: str,
        arms: Iterable[RouteArm],
        default_arm: str,
        unit_kind: str,
        overrides: Mapping[str, str] | None,
    ) -> route_pb2.Route:
        full = self._model(model)
        if overrides is not None and not isinstance(overrides, Mapping):
            raise invalid("route.overrides", f"must be a mapping, not {type(overrides).__name__}")
        return build(
            route_pb2.Route,
            name=self._route(model, route),
            arms=convert.arms_to_message(arms, full, self._namespace),
            default_arm=default_arm,
            unit_kind=unit_kind,
            overrides=dict(overrides or {}),
        )

    def get_route(
        self,
        model: str | Model,
        route: str,
        *,
        as_of: datetime | None = None,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Route:
        """Read a route, now or at the moment `as_of`; raise ModelNotFound or RouteNotFound."""
        request = build(
            pb.GetRouteRequest,
            name=self._route(model, route),
            as_of=times.to_message(as_of, "as_of"),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.routes.GetRoute, request)
        return convert.whole_route_from_message(reply, request.name)

    def list_routes(
        self, model: str | Model, *, page_size: int = 0, min_revision: int = 0, history_id: str = ""
    ) -> Pager[Route]:
        """List the routes of a model by id, without overrides and slots."""

        def fetch(token: str) -> Page[Route]:
            request = build(
                pb.ListRoutesRequest,
                parent=self._model(model),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.routes.ListRoutes, request)
            routes = map(convert.route_from_message, reply.routes)
            return page_of_named(reply, routes, f"{request.parent}/routes")

        return Pager(fetch, by_name)

    def delete_route(
        self,
        model: str | Model,
        route: str,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> int:
        """Delete a route and return the revision of the deletion; its history stays.

        Raises ModelNotFound, ModelDeleted, RouteNotFound or EtagMismatch.
        """
        request = build(
            pb.DeleteRouteRequest,
            name=self._route(model, route),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.routes.DeleteRoute, request)
        return checked.revision(reply.revision)

    def route_history(
        self,
        model: str | Model,
        route: str,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[RouteEntry]:
        """List the revisions of a route, newest first, also of a deleted one."""

        def fetch(token: str) -> Page[RouteEntry]:
            request = build(
                pb.ListRouteHistoryRequest,
                parent=self._route(model, route),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.routes.ListRouteHistory, request)
            entries = map(convert.route_entry_from_message, reply.entries)
            return page_of_one(reply, entries, request.parent)

        return Pager(fetch, newest_entry_first)

    def resolve_unit(
        self,
        ref: str,
        unit: str,
        *,
        as_of: datetime | None = None,
        min_revision: int = 0,
        history_id: str = "",
    ) -> RoutedVersion:
        """Return the version for a unit, with the decision of the route.

        `unit` is empty for none. For a reference that is no route the decision is None. Raises as
        `resolve`, and RouteArmBlocked.
        """
        request = build(
            lookup_service_pb2.ResolveVersionRequest,
            ref=self._ref(ref),
            unit=unit,
            as_of=times.to_message(as_of, "as_of"),
            min_revision=min_revision,
            history_id=history_id,
            view=version_pb2.VersionView.VERSION_VIEW_BASIC,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.lookup.ResolveVersion, request)
        checked.at_least(reply.revision, 0 if as_of else min_revision)
        return decisions.routed_from_message(reply, request.ref)

    def resolve_units(
        self,
        asked: Iterable[tuple[str, str]],
        *,
        as_of: datetime | None = None,
        min_revision: int = 0,
        history_id: str = "",
    ) -> list[RoutedVersion | RegistryError]:
        """Resolve up to 1,000 pairs of a reference and a unit atomically, at one revision.

        Returns for each pair, in order, the version with the decision of the route, or the error
        that `resolve_unit` would raise.
        """
        pairs = [(self._ref(ref), unit) for ref, unit in asked]
        if not pairs:
            return []
        request = build(
            lookup_service_pb2.BatchResolveVersionsRequest,
            refs=[ref for ref, _ in pairs],
            units=[unit for _, unit in pairs],
            as_of=times.to_message(as_of, "as_of"),
            min_revision=min_revision,
            history_id=history_id,
            view=version_pb2.VersionView.VERSION_VIEW_BASIC,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.lookup.BatchResolveVersions, request)
        return decisions.routed_answers_from_message(
            reply, list(request.refs), 0 if as_of else min_revision
        )

    def _route(self, model: str | Model, route: str) -> str:
        if not isinstance(route, str):
            raise invalid("route", f"must be text (str), not {type(route).__name__}")
        return names.route_name(self._model(model), route)
