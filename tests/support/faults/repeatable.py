"""Changes that can be counted afterwards: each has a mark that the registry lists."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import evaluation_pb2, route_pb2, version_pb2
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import route_service_pb2 as routes
from tests.support.content import NAMESPACE
from tests.support.stubs import Stubs

MODEL = f"{NAMESPACE}/models/fraud"
VERSION = f"{MODEL}/versions/1"
_PAGE = 500


@dataclass(frozen=True)
class Change:
    """A request to make once: a method, and a message with a mark and a request id."""

    method: str
    request: Any
    mark: str

    @property
    def request_id(self) -> str:
        """The id that makes a repeat harmless."""
        return str(self.request.request_id)

    def make(self, stubs: Stubs, timeout: float = 20.0) -> Message:
        """Make it, once."""
        reply: Message = getattr(stubs, self.method)(self.request, timeout=timeout)
        return reply


def registration(mark: str, files: list[version_pb2.FileEntry]) -> Change:
    """The next version of the model."""
    version = version_pb2.Version(description=mark, labels={"mark": mark})
    request = catalog.RegisterVersionRequest(
        parent=MODEL, files=files, version=version, request_id=str(uuid4())
    )
    return Change("RegisterVersion", request, mark)


def copy(mark: str) -> Change:
    """A copy of the first version in the same model, and an alias of its own for it."""
    request = catalog.CopyVersionRequest(
        parent=MODEL, source=VERSION, alias=mark, request_id=str(uuid4())
    )
    return Change("CopyVersion", request, mark)


def creation(mark: str) -> Change:
    """A model."""
    request = catalog.CreateModelRequest(parent=NAMESPACE, model_id=mark, request_id=str(uuid4()))
    return Change("CreateModel", request, mark)


def evaluation(mark: str) -> Change:
    """An evaluation of the first version."""
    request = governance.SubmitEvaluationRequest(
        parent=VERSION,
        evaluation=evaluation_pb2.Evaluation(description=mark, metrics={"auc": 0.9}),
        request_id=str(uuid4()),
    )
    return Change("SubmitEvaluation", request, mark)


def naming(mark: str) -> Change:
    """An alias of its own for the first version."""
    request = catalog.SetAliasRequest(
        name=f"{MODEL}/aliases/{mark}", version=VERSION, request_id=str(uuid4())
    )
    return Change("SetAlias", request, mark)


def routing(mark: str) -> Change:
    """A revision of the one route of the model."""
    route = route_pb2.Route(
        name=f"{MODEL}/routes/shares",
        arms=[route_pb2.RouteArm(id="a", version=VERSION, weight=10_000)],
        default_arm="a",
        unit_kind=mark,
    )
    request = routes.SetRouteRequest(route=route, request_id=str(uuid4()))
    return Change("SetRoute", request, mark)


def found(stubs: Stubs) -> Counter[str]:
    """Count the marks of everything that exists; of aliases and routes, each set."""
    versions = _all(stubs.ListVersions, "versions", catalog.ListVersionsRequest(parent=MODEL))
    models = _all(stubs.ListModels, "models", catalog.ListModelsRequest(parent=NAMESPACE))
    evaluated = governance.ListEvaluationsRequest(parent=VERSION)
    evaluations = _all(stubs.ListEvaluations, "evaluations", evaluated)
    set_ = lookup.ListChangesRequest(parent=NAMESPACE, action="alias.set")
    aliases = _all(stubs.ListChanges, "events", set_)
    routed = lookup.ListChangesRequest(parent=NAMESPACE, action="route.set")
    revisions = _all(stubs.ListChanges, "events", routed)
    return Counter(
        [
            *(version.labels["mark"] for version in versions if "mark" in version.labels),
            *(model.name.rpartition("/")[2] for model in models),
            *(evaluation.description for evaluation in evaluations),
            *(event.name.rpartition("/")[2] for event in aliases),
            *(event.after.route.unit_kind for event in revisions),
        ]
    )


def _all(method: Callable[[Any], Any], field: str, request: Any) -> Iterator[Any]:  # noqa: ANN401 - any list
    request.page_size = _PAGE
    while True:
        page = method(request)
        yield from getattr(page, field)
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
