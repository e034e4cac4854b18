"""Handlers of routes."""

from datetime import datetime

from google.protobuf.message import Message

from modelregistry.v1 import route_service_pb2 as pb
from registry_grpc.domain.names import ModelName, RouteName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import invalid, parsed
from registry_grpc.services.mutation import Mutation
from registry_grpc.services.route import Routes
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.route import (
    route_entry_message,
    route_message,
    wanted_from,
)
from registry_grpc.transport.convert.time import moment
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply


class RouteHandlers:
    """RouteService."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    def SetRoute(self, call: Call, request: pb.SetRouteRequest) -> Message | bytes:
        wanted = wanted_from(request.route, reshuffle=request.reshuffle, etag=request.etag)
        if request.validate_only:
            if request.request_id:
                raise invalid("request_id", "not with validate_only, which changes nothing")
            return route_message(self._routes.plan(wanted, call.principal.name))
        mutation = call.mutation(request, route_message)
        return self._routes.set(mutation, wanted, request.reason).reply

    def GetRoute(self, call: Call, request: pb.GetRouteRequest) -> Message:
        name = parsed("name", RouteName.parse, request.name)
        return route_message(self._routes.get(name, _as_of(request), seen(request)))

    def ListRoutes(self, call: Call, request: pb.ListRoutesRequest) -> bytes:
        parent = parsed("parent", ModelName.parse, request.parent)
        query = Query(call.method, (request.parent,), (str,))
        page = query.page(request.page_size, request.page_token)
        result = self._routes.list(query, page, parent, seen(request))
        return page_reply(
            pb.ListRoutesResponse, result, map(route_message, result.items), call.history
        )

    def DeleteRoute(self, call: Call, request: pb.DeleteRouteRequest) -> bytes:
        name = parsed("name", RouteName.parse, request.name)
        mutation: Mutation[int] = call.mutation(
            request, lambda revision: pb.DeleteRouteResponse(revision=revision)
        )
        return self._routes.delete(mutation, name, request.etag, request.reason).reply

    def ListRouteHistory(self, call: Call, request: pb.ListRouteHistoryRequest) -> bytes:
        name = parsed("parent", RouteName.parse, request.parent)
        query = Query(call.method, (request.parent,), (int, int))
        page = query.page(request.page_size, request.page_token)
        result = self._routes.history(query, page, name, seen(request))
        return page_reply(
            pb.ListRouteHistoryResponse,
            result,
            map(route_entry_message, result.items),
            call.history,
        )


def _as_of(request: pb.GetRouteRequest) -> datetime | None:
    if not request.HasField("as_of"):
        return None
    try:
        return moment(request.as_of)
    except ValueError as error:
        raise invalid("as_of", str(error)) from error
