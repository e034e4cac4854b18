"""CheckRegistration and RegisterVersion cannot disagree, and the check has no effect.

Random registrations, good and bad, are checked and then registered, on both databases.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from google.rpc import status_pb2
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from registry_grpc.domain.errors import AliasNotFound, InvalidRequest, Problem, RegistryError
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.names import ModelName, RegistrationSchemaName
from registry_grpc.domain.registration_schema import SchemaDraft
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, AliasRule, StageGraph
from registry_grpc.domain.version import VersionState
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.persistence.database import TABLES
from registry_grpc.persistence.database_url import parse_url
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.registration_schema import RegistrationSchemas
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.transport.call import Call
from registry_grpc.transport.errors import MOST_DETAIL_BYTES, status_of
from registry_grpc.transport.registration import RegistrationHandlers
from tests.support.faults.amount import examples
from tests.support.governance import ANN, ROOT, Governed
from tests.support.services import LocalRegistry, digest_of, local_registry

DATA = b"weights"
FRAUD, GONE = ("namespaces/default/models/fraud", "namespaces/default/models/gone")
CALL = Call("CheckRegistration", ANN, "call")
HASHED = {"path": "model.bin", "digest": str(digest_of(DATA)), "size_bytes": len(DATA)}
OF_DIGESTS = SchemaDraft(
    json.dumps({"properties": {"files": {"items": {"properties": {"digest": {"const": "x"}}}}}})
)
SCHEMAS = (
    SchemaDraft(),
    SchemaDraft(required=RequiredFacts(labels=("team",), metrics=("auc",), files=("*.bin",))),
    SchemaDraft(json.dumps({"required": ["metrics", "parents"], "maxProperties": 9})),
    OF_DIGESTS,
)
GRAPHS = (
    DEFAULT_GRAPH,
    replace(DEFAULT_GRAPH, alias_rules=(AliasRule("safe*", ("production",)),)),
)


class Scene:
    """A registry with a version in every state."""

    def __init__(self, local: LocalRegistry, url: str) -> None:
        """Make what random registrations can name."""
        local.push(DATA)
        self.governed = governed = Governed(local.database)
        mutations = Mutations(local.database, local.clock)
        for _ in range(4):
            local.register(DATA)
        governed.live("fraud/2", VersionState.YANKED)
        governed.live("fraud/3", VersionState.REVOKED)
        local.delete(4)
        governed.set_alias("champion", "fraud/1")
        gone = ModelName("default", "gone")
        governed.register(model=gone)
        Models(local.database, mutations, uuid4, ReplyMemory(MIB)).delete(
            governed.call(), gone, "", "", force=True
        )
        self._schemas = RegistrationSchemas(
            local.database, mutations, JsonSchemaRules(), ReplyMemory(MIB)
        )
        self._handlers = RegistrationHandlers(
            local.registrations, lambda _: artifact.TransferLimits(max_batch_blobs=7)
        )
        self._engine = create_engine(parse_url(url))
        self._rules: tuple[SchemaDraft, StageGraph] | None = None

    def rule(self, schema: SchemaDraft, graph: StageGraph) -> None:
        """Put rules in force, unless they are."""
        if self._rules == (schema, graph):
            return
        self._rules = (schema, graph)
        name = RegistrationSchemaName("default")
        self._schemas.set(self.governed.call(ROOT), name, schema, "", "to test")
        with suppress(AliasNotFound):  # an earlier example may have set it, and the graph forbid it
            self.governed.remove_alias("safe-one", "fraud")
        self.governed.set_graph(graph)

    def check(self, request: catalog.CheckRegistrationRequest) -> object:
        """Return the reply, or the error."""
        return _answer(lambda: self._handlers.CheckRegistration(CALL, request))

    def register(self, request: catalog.RegisterVersionRequest) -> object:
        """Return the reply, or the error."""
        return _answer(lambda: self._handlers.RegisterVersion(CALL, request))

    def close(self) -> None:
        """Close the connections of `contents`."""
        self._engine.dispose()

    def contents(self) -> Mapping[str, Sequence[object]]:
        """Return every row of every table."""
        with self._engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table)).all()))
                for table in TABLES.sorted_tables
            }


def _answer(act: Callable[[], object]) -> object:
    try:
        return act()
    except RegistryError as error:
        return error


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    with local_registry(database_url, tmp_path / "blobs") as local:
        scene = Scene(local, database_url)
        yield scene
        scene.close()


def asked(
    request: catalog.RegisterVersionRequest, *, hashed: bool = True
) -> catalog.CheckRegistrationRequest:
    """Return the question about a registration; without valid digests unless `hashed`."""
    question = catalog.CheckRegistrationRequest.FromString(request.SerializeToString())
    for file in question.files:
        if not hashed and file.digest == HASHED["digest"]:
            file.digest = ""
    return question


def status(error: RegistryError) -> status_pb2.Status:
    return status_of(error, "call", MOST_DETAIL_BYTES)


def often(good: Any, *bad: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - of a field
    """Draw the good value more often than all others."""
    return st.sampled_from([good] * (5 * len(bad)) + list(bad))


FILES = st.lists(
    st.fixed_dictionaries(
        {
            "path": often("model.bin", "a/b.bin", "../up", "a:b", "1.txt", "①.txt", "x" * 1_025),
            "digest": often(str(digest_of(DATA)), "md5:1", "sha256:" + "0" * 64),
            "size_bytes": often(len(DATA), 8, -1),
        }
    ),
    max_size=3,
    unique_by=lambda file: file["path"],
)
VERSIONS = st.fixed_dictionaries(
    {
        "metrics": often({"auc": 0.9}, {}, {"auc": float("nan")}, {"": 1.0}),
        "labels": often({"team": "risk"}, {}, {"UP": "x"}),
        "params": often({}, {"lr": "0.1"}, {"lr": "\0"}),
        "description": often("", "x" * 65_537),
        "root_digest": often("", "sha256:" + "1" * 64, "sha1:1"),
    },
    optional={
        "parents": st.lists(
            often("fraud/1", "fraud/2", "fraud/3", "fraud/4", "fraud/99", "gone/1", "no/1", "a b"),
            max_size=4,
        )
    },
)
REGISTRATIONS = st.builds(
    catalog.RegisterVersionRequest,
    parent=often(FRAUD, GONE, "namespaces/default/models/new", "namespaces/no/models/m", "x y"),
    files=st.one_of(*[st.just([HASHED])] * 3, FILES),
    version=VERSIONS,
    alias=often("", "champion", "safe-one", "production", "latest", "no good"),
    alias_etag=often("", "none", "r1", "r7.0123456789abcdef", "nonsense"),
    create_model=st.booleans(),
)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    request=REGISTRATIONS,
    schema=st.sampled_from(SCHEMAS),
    graph=st.sampled_from(GRAPHS),
    hashed=st.booleans(),
)
def test_the_check_says_what_the_registration_will_say_and_changes_nothing(
    scene: Scene,
    request: catalog.RegisterVersionRequest,
    schema: SchemaDraft,
    graph: StageGraph,
    *,
    hashed: bool,
) -> None:
    scene.rule(schema, graph)
    before = scene.contents()

    # Some digests may be unknown, unless they decide.
    hashed = hashed or schema is OF_DIGESTS or bool(request.version.root_digest)
    sent = asked(request, hashed=hashed)
    checked = scene.check(sent)
    assert scene.contents() == before
    registered = scene.register(request)

    if not isinstance(registered, RegistryError):
        event("registered")
        assert isinstance(checked, catalog.CheckRegistrationResponse)
        assert (len(checked.missing), checked.needs_digests) == (0, False)
        assert checked.limits.max_batch_blobs == 7
        return
    expected = [one for one in registered.problems if one.error.reason != "BLOBS_MISSING"]
    event(f"problems: {len(expected)}")
    if not expected:
        assert isinstance(checked, catalog.CheckRegistrationResponse)
        # Without digests the missing files may be those that were not hashed.
        assert checked.missing or not hashed
        assert {one.digest for one in checked.missing} <= {one.digest for one in sent.files}
        return
    assert isinstance(checked, RegistryError)
    assert list(map(shown, checked.problems)) == list(map(shown, expected))
    if len(expected) == len(registered.problems):
        assert status(checked) == status(registered)


def shown(problem: Problem) -> object:
    error = problem.error
    return (problem.field, error.reason, error.message, error.metadata, _violations(error))


def _violations(error: RegistryError) -> object:
    return error.violations if isinstance(error, InvalidRequest) else getattr(error, "causes", ())
