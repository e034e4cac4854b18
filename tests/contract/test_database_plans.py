"""Lists and lookups read ranges of indexes, whatever the number of versions.

On PostgreSQL scans of whole tables and sorts are made expensive, so that one in a plan means that
no index would do.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from registry_grpc.domain.change import Event
from registry_grpc.domain.deployment import InstanceKey
from registry_grpc.domain.ensemble_closure import PinnedVersion
from registry_grpc.domain.lineage import Dataset, Direction, EdgeRole, Run
from registry_grpc.domain.list_order import MODEL_ORDER, VERSION_ORDER, parse_order
from registry_grpc.domain.monitor import MonitorSeverity
from registry_grpc.domain.names import (
    ModelName,
    MonitorName,
    PolicyName,
    TransitionName,
    UploadName,
)
from registry_grpc.domain.signal import SignalKind
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.transition import TransitionState
from registry_grpc.domain.version import VersionState
from registry_grpc.domain.watch import Wanted
from registry_grpc.persistence.change import record_events
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.transaction import SqlTransaction
from registry_grpc.services.ports.deployment import DeploymentQuery
from registry_grpc.services.ports.lineage import UseQuery
from registry_grpc.services.ports.model_list import ModelKey, ModelQuery
from registry_grpc.services.ports.monitor import SignalQuery, StateQuery
from registry_grpc.services.ports.version_list import SortKey, VersionQuery
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_blob,
    a_change,
    a_digest,
    a_model,
    a_move,
    a_namespace,
    a_uid,
    a_version,
    add_version,
    at,
    deleted,
    model_filter,
    some_files,
    version_filter,
)
from tests.contract.monitor_examples import an_identity
from tests.support.lineage import a_node, an_edge

_MODEL = a_model()
_OF_MODEL = VersionQuery("default", _MODEL, None, show_deleted=False)
_OF_ALL = VersionQuery("default", None, None, show_deleted=False)
_ALIAS = _MODEL.name.alias("champion")
_ROUTE = _MODEL.name.route("checkout")
_INSTANCE = InstanceKey("default", "eu-prod", "a")
_MONITOR = MonitorName("default", "drift")
_ALL_DEPLOYMENTS = DeploymentQuery("default", target="eu-prod")
_PLACE = ("eu-prod", "a", _MODEL.uid)
_VERSION = a_version(_MODEL, 7)
_PINNED = PinnedVersion.of(_VERSION)
_POLICY = PolicyName("default", "p")
_NAMES = frozenset({str(_MODEL.name)})
_USE = (a_uid(), a_uid(), EdgeRole.TRAINED_ON)
_CHANGES = [a_change(_MODEL)] * 3
_PAGE, _BACKWARDS = Span(7, 9), Span(0, 9, newest_first=True)
_SELECTED = {
    "everything": Selection(),
    "a namespace": Selection(wanted=Wanted("default")),
    "a model": Selection(wanted=Wanted("default", _NAMES)),
    "an alias": Selection(wanted=Wanted(None, frozenset(), (str(_ALIAS),))),
    "two models": Selection(wanted=Wanted(None, _NAMES | {"namespaces/default/models/other"})),
    "models that begin so": Selection(
        wanted=Wanted(None, prefixes=("namespaces/default/models/f",))
    ),
    "an actor": Selection(actor="ann"),
    "an action": Selection(action="model.create"),
    "a noun": Selection(action="model."),
    "an actor's action": Selection(actor="ann", action="model.create"),
    "what an actor did to a model": Selection(wanted=Wanted("default", _NAMES), actor="ann"),
    "all at once": Selection(wanted=Wanted("default", _NAMES), actor="ann", action="model."),
}


def _read_the_trail(selection: Selection, span: Span) -> Callable[[SqlTransaction], object]:
    def read(transaction: SqlTransaction) -> object:
        return (
            transaction.log.entries(selection, span, 50),
            transaction.denied_requests.entries(selection, span, 50),
        )

    return read


def _read_the_state(transaction: SqlTransaction) -> None:
    other = replace(_MODEL, uid=a_uid(), name=ModelName("default", "other"))
    transaction.models.add(other)
    add_version(transaction, other, 1)
    transaction.aliases.append(a_move(other, "champion", 1, 1))
    wanted = Wanted("default", frozenset({str(other.name)}))
    assert len(list(transaction.log.state(wanted))) == len(["model", "version", "alias"])


def _candidates(text: str) -> Callable[[SqlTransaction], object]:
    where = version_filter(text)
    return lambda tx: [
        tx.version_lists.candidates(replace(query, where=where)) for query in (_OF_MODEL, _OF_ALL)
    ]


def _models_by(text: str) -> Callable[[SqlTransaction], object]:
    order = parse_order(text, MODEL_ORDER)
    query = ModelQuery("default", None, show_deleted=False)
    value = "a" if text.startswith("id") else at(1)
    return lambda tx: tx.model_lists.ordered(query, order, ModelKey((value,), "a"), 50)


_QUERIES: dict[str, Callable[[SqlTransaction], object]] = {
    "namespaces.page": lambda tx: tx.namespaces.page("a", 50),
    "namespaces.hold": lambda tx: tx.namespaces.hold("default"),
    "namespaces.update": lambda tx: tx.namespaces.update(a_namespace()),
    "models.get": lambda tx: tx.models.get(_MODEL.name),
    "models.page": lambda tx: tx.models.page("default", None, "a", 50, show_deleted=False),
    "models.page all": lambda tx: tx.models.page("default", None, "a", 50, show_deleted=True),
    "models.id_behind": lambda tx: tx.models.id_behind("default", "a", 50),
    "models.deleted_at": lambda tx: tx.models.deleted_at(_MODEL.uid, START),
    "versions.get": lambda tx: tx.versions.get(_MODEL, 7),
    "versions.page": lambda tx: tx.versions.page(_MODEL, None, 9, 50, show_deleted=False),
    "versions.page all": lambda tx: tx.versions.page(_MODEL, None, 9, 50, show_deleted=True),
    "versions.number_behind": lambda tx: tx.versions.number_behind(_MODEL, 9, 50),
    "version_lists.ordered by number": lambda tx: tx.version_lists.ordered(
        _OF_MODEL, parse_order("number", VERSION_ORDER), SortKey((9,), ("fraud", 9)), 50
    ),
    "version_lists.ordered by time": lambda tx: tx.version_lists.ordered(
        _OF_MODEL,
        parse_order("create_time desc", VERSION_ORDER),
        SortKey((at(1),), ("fraud", 9)),
        50,
    ),
    "version_lists.ordered by update": lambda tx: tx.version_lists.ordered(
        _OF_MODEL,
        parse_order("update_time desc", VERSION_ORDER),
        SortKey((at(1),), ("fraud", 9)),
        50,
    ),
    **{
        f"version_lists.candidates {text}": _candidates(text)
        for text in (
            'annotations.team = "risk"',
            'labels.team = "risk"',
            'tags.team = "risk"',
            'run_id = "r"',
            'source.uri = "s3://models/fraud"',
            "number = 7",
            "number > 7",
            "metrics.auc > 0.9",
            "stage = production",
            f'root_digest = "{a_digest("a")}"',
        )
    },
    "model_lists.candidates": lambda tx: tx.model_lists.candidates(
        ModelQuery("default", model_filter('annotations.team = "risk"'), show_deleted=False)
    ),
    **{
        f"model_lists.ordered {field}": _models_by(field)
        for field in ("id desc", "create_time", "update_time", "activity_time desc")
    },
    "versions.files": lambda tx: tx.versions.files(a_uid(), "a", 50),
    "versions.newest": lambda tx: tx.versions.newest(_MODEL, None, None),
    "versions.newest then": lambda tx: tx.versions.newest(_MODEL, at(1), None),
    "versions.newest digest": lambda tx: tx.versions.newest(_MODEL, None, a_digest("a")),
    "versions.newest digest then": lambda tx: tx.versions.newest(_MODEL, at(1), a_digest("a")),
    "versions.at": lambda tx: tx.versions.at(_MODEL, 7, at(1)),
    "aliases.get": lambda tx: tx.aliases.get(_ALIAS),
    "aliases.page": lambda tx: tx.aliases.page(_MODEL, "a", 50),
    "aliases.history": lambda tx: tx.aliases.history(_ALIAS, 9, 50),
    "aliases.at": lambda tx: tx.aliases.at(_MODEL, "champion", at(1)),
    "model_names.renamed": lambda tx: tx.model_names.renamed(_MODEL.name),
    "model_names.holder": lambda tx: tx.model_names.holder(_MODEL.name, at(1)),
    "versions.unpurged": lambda tx: tx.versions.unpurged(_MODEL, 50),
    "transitions.open_moving": lambda tx: tx.transitions.open_moving(_MODEL),
    "stages.history": lambda tx: tx.stages.history(_MODEL, (9, 9), 50),
    "graphs.get": lambda tx: tx.graphs.get("default", None),
    "graphs.get then": lambda tx: tx.graphs.get("default", at(1)),
    "graphs.revision": lambda tx: tx.graphs.revision("default", 9),
    "stages.holders": lambda tx: tx.stages.holders(_MODEL, "production", None),
    "evaluations.get": lambda tx: tx.evaluations.get(_VERSION, a_uid()),
    "evaluations.count": lambda tx: tx.evaluations.count(_VERSION),
    "attestations.count": lambda tx: tx.attestations.count(_VERSION),
    "policies.get": lambda tx: tx.policies.get(_POLICY),
    "policies.revision": lambda tx: tx.policies.revision(_POLICY, 9),
    "policies.newest": lambda tx: tx.policies.newest(_POLICY),
    "policies.page": lambda tx: tx.policies.page("default", "a", 50),
    "policies.history": lambda tx: tx.policies.history(_POLICY, 9, 50),
    "policies.guarding": lambda tx: tx.policies.guarding("default", "production"),
    "registration_schemas.get": lambda tx: tx.registration_schemas.get("default"),
    "registration_schemas.numbered": lambda tx: tx.registration_schemas.numbered("default", 9),
    "registration_schemas.history": lambda tx: tx.registration_schemas.history("default", 9, 50),
    "transitions.get": lambda tx: tx.transitions.get(TransitionName("default", a_uid())),
    "transitions.page": lambda tx: tx.transitions.page("default", None, (), a_uid(), 50),
    "transitions.page of a model": lambda tx: tx.transitions.page(
        "default", _MODEL, (), a_uid(), 50
    ),
    "transitions.page of states": lambda tx: tx.transitions.page(
        "default", _MODEL, [TransitionState.REFUSED], a_uid(), 50
    ),
    "transitions.due": lambda tx: tx.transitions.due(START, 50),
    "uploads.get": lambda tx: tx.uploads.get(UploadName("default", a_uid())),
    "uploads.page": lambda tx: tx.uploads.page("default", a_uid(), 50, START),
    "uploads.coming": lambda tx: tx.uploads.coming("default"),
    "graphs.overfull_models": lambda tx: tx.graphs.overfull_models("default", "production", 9),
    "versions.paths": lambda tx: tx.versions.paths(a_uid()),
    "versions.details": lambda tx: tx.versions.details([a_uid()]),
    "lineage.record": lambda tx: tx.lineage.record(a_uid()),
    "lineage.events": lambda tx: tx.lineage.events([a_uid()], 9),
    "lineage.uses by place": lambda tx: tx.lineage.uses(UseQuery("default", uri="u"), _USE, 50),
    "lineage.uses by content": lambda tx: tx.lineage.uses(
        UseQuery("default", digest="d", stage="production"), _USE, 50
    ),
    "lineage.datasets by place": lambda tx: tx.lineage.datasets(
        UseQuery("default", uri="u"), a_uid(), 50
    ),
    "lineage.datasets by content": lambda tx: tx.lineage.datasets(
        UseQuery("default", digest="d"), a_uid(), 50
    ),
    "lineage.edges up": lambda tx: tx.lineage.edges([a_uid()], Direction.UP, (), 50),
    "lineage.edges down": lambda tx: tx.lineage.edges([a_uid()], Direction.DOWN, (), 50),
    "blobs.deletion_counter": lambda tx: tx.blobs.deletion_counter("default"),
    "blobs.used": lambda tx: tx.blobs.used("default"),
    "blobs.claim": lambda tx: tx.blobs.claim("default", a_digest("a"), START),
    "blobs.remove": lambda tx: tx.blobs.remove("default", a_digest("a")),
    "blobs.page": lambda tx: tx.blobs.page(("default", a_digest("a")), 50),
    "blobs.page of one": lambda tx: tx.blobs.page(("default", a_digest("a")), 50, "default"),
    "uploads.open_totals": lambda tx: tx.uploads.open_totals("default"),
    "uploads.overdue": lambda tx: tx.uploads.overdue(START, 50),
    "uploads.forget": lambda tx: tx.uploads.forget(START),
    "tokens.find": lambda tx: tx.tokens.find(b"hash"),
    "replays.find": lambda tx: tx.replays.find("ann", "id", START),
    "revision_at": lambda tx: tx.revision_at(at(1)),
    "log.events": lambda tx: tx.log.events(7, 50),
    "log.events of a namespace": lambda tx: tx.log.events(7, 50, Wanted("default"), upto=9),
    "log.events of models": lambda tx: tx.log.events(7, 50, Wanted("default", _NAMES)),
    "log.events of models anywhere": lambda tx: tx.log.events(7, 50, Wanted(None, _NAMES)),
    "log.events of names": lambda tx: tx.log.events(
        7, 50, Wanted("default", _NAMES, ("a", "b", "c"))
    ),
    **{f"trail of {name}": _read_the_trail(one, _PAGE) for name, one in _SELECTED.items()},
    **{f"{name} backwards": _read_the_trail(one, _BACKWARDS) for name, one in _SELECTED.items()},
    "denied_requests.number_at": lambda tx: tx.denied_requests.number_at(at(1)),
    "denied_requests.number_before": lambda tx: tx.denied_requests.number_before(9),
    "log.events of a transaction": lambda tx: tx.log.events(0, len(_CHANGES) - 1),
}


def _add_lineage(transaction: SqlTransaction) -> None:
    run, data = a_node(Run("r")), a_node(Dataset("u", "d"))
    transaction.lineage.add([data], [an_edge(run.uid, EdgeRole.TRAINED_ON, data.uid)])
    transaction.lineage.add([run], [an_edge(a_uid(), EdgeRole.PRODUCED_BY, run.uid)])


def _collect(transaction: SqlTransaction) -> None:
    for blob in (a_blob("a"), a_blob("b")):
        transaction.blobs.put(blob)
    assert len(transaction.blobs.condemn(START, 50)) == 2
    transaction.blobs.extend("default", [a_digest("a")], at(9))
    assert len(transaction.blobs.mark_deleting(at(1), at(1), 50)) == 1


def _delete_a_version(transaction: SqlTransaction) -> None:
    transaction.models.add(_MODEL)
    version = add_version(transaction, _MODEL, 1, VersionFields(files=some_files("a")))
    transaction.versions.update(deleted(version, at(1), 2))


# These sort what they found, which is little, or read it by bitmap.
_SORTED: dict[str, Callable[[SqlTransaction], object]] = {
    # Of the same revision, or of one model.
    "evaluations.page": lambda tx: tx.evaluations.page(_VERSION, 9, 50),
    "evaluations.records": lambda tx: tx.evaluations.records(_VERSION),
    "attestations.page": lambda tx: tx.attestations.page(_VERSION, 9, 50),
    "transitions.open_of": lambda tx: tx.transitions.open_of(_MODEL, 7),
    "stages.staged": lambda tx: tx.stages.staged("default", "production", at(1), ("a", 9), "b", 50),
    "routes.get": lambda tx: tx.routes.get(_ROUTE),
    "routes.page": lambda tx: tx.routes.page(_MODEL, "a", 50),
    "routes.count": lambda tx: tx.routes.count(_MODEL),
    "routes.history": lambda tx: tx.routes.history(_ROUTE, (9, 0), 50),
    "routes.at": lambda tx: tx.routes.at(_MODEL, "checkout", at(1)),
    "routes.naming": lambda tx: tx.routes.naming(_MODEL, 7),
    "routes.placed": lambda tx: list(tx.routes.placed("default")),
    "deployments.instance": lambda tx: tx.deployments.instance(_INSTANCE),
    "deployments.extend": lambda tx: tx.deployments.extend(["a", "b"], timedelta()),
    "deployments.expired": lambda tx: tx.deployments.expired(timedelta(minutes=1), 50),
    "deployments.of_instance": lambda tx: tx.deployments.of_instance(_INSTANCE),
    "deployments.get": lambda tx: tx.deployments.get("default", a_uid()),
    "deployments.of_namespace": lambda tx: tx.deployments.page(_ALL_DEPLOYMENTS, _PLACE, 50),
    "deployments.of_model": lambda tx: tx.deployments.page(
        replace(_ALL_DEPLOYMENTS, model=_MODEL), _PLACE, 50
    ),
    "deployments.of_version": lambda tx: tx.deployments.page(
        replace(_ALL_DEPLOYMENTS, model=_MODEL, number=7), _PLACE, 50
    ),
    "deployments.revoked": lambda tx: tx.deployments.page(
        replace(_ALL_DEPLOYMENTS, states=frozenset({VersionState.REVOKED})), _PLACE, 50
    ),
    "deployments.following": lambda tx: tx.deployments.page(
        replace(_ALL_DEPLOYMENTS, model=_MODEL, follows="@champion"), _PLACE, 50
    ),
    "signals.recorded": lambda tx: tx.signals.recorded([(a_uid(), an_identity())]),
    "signals.page": lambda tx: tx.signals.page(
        _VERSION, SignalQuery(SignalKind.DATA, "amount"), (9, str(a_uid())), 50
    ),
    "monitors.page": lambda tx: tx.monitors.page("default", "a", 50),
    "monitors.history": lambda tx: tx.monitors.history(_MONITOR, 9, 50),
    "monitors.count": lambda tx: tx.monitors.count("default"),
    "monitor_states.several": lambda tx: tx.monitor_states.several([a_uid(), a_uid()]),
    "monitor_states.count": lambda tx: tx.monitor_states.count(_MONITOR),
    "monitor_states.due": lambda tx: tx.monitor_states.due(START, 50),
    "monitor_states.page": lambda tx: tx.monitor_states.page(
        StateQuery("default", _MONITOR), ("a", str(a_uid())), 50
    ),
    "monitor_states.of_version": lambda tx: tx.monitor_states.page(
        StateQuery("default", version=a_uid()), None, 50
    ),
    "monitor_states.history": lambda tx: tx.monitor_states.history(
        _MONITOR.state(a_uid()), (9, 0), 50
    ),
    "monitor_states.firing": lambda tx: tx.monitor_states.firing(a_uid(), MonitorSeverity.INFO, 50),
    "versions.numbered": lambda tx: tx.versions.numbered(_MODEL, [7, 8]),
    "ensembles.pins": lambda tx: tx.ensembles.pins([a_uid()]),
    "ensembles.unusable": lambda tx: tx.ensembles.unusable([a_uid()]),
    "ensembles.containing": lambda tx: tx.ensembles.containing(a_uid()),
    "ensembles.closure": lambda tx: tx.ensembles.closure([a_uid()]),
    "ensembles.most_contained": lambda tx: tx.ensembles.most_contained([a_uid()]),
    "ensembles.pinning": lambda tx: tx.ensembles.pinning(a_uid(), 10),
    "ensembles.pinning_model": lambda tx: tx.ensembles.pinning_model(_MODEL, 1),
    "ensembles.signatures": lambda tx: list(tx.ensembles.signatures([a_uid()])),
    "ensembles.copy_of": lambda tx: tx.ensembles.copy_of(_PINNED, "default"),
    "ensembles.longest_paths": lambda tx: tx.ensembles.longest_paths([a_uid()]),
    "ensembles.remove": lambda tx: tx.ensembles.remove(a_uid()),
    "graphs.aliases": lambda tx: list(tx.graphs.aliases("default")),
    "version_lists.across": lambda tx: tx.version_lists.across(_OF_ALL, ("a", 9), ("b", 9), 50),
    "version_lists.place_behind": lambda tx: tx.version_lists.place_behind("default", ("a", 9), 50),
    "version_lists.live": lambda tx: tx.version_lists.live([a_uid()], "production"),
    "version_lists.read": lambda tx: tx.version_lists.read([a_uid()]),
    "version_lists.ordered": lambda tx: tx.version_lists.ordered(
        _OF_MODEL, parse_order("metrics.auc desc", VERSION_ORDER), SortKey((0.5,), ("fraud", 9)), 50
    ),
    "version_lists.ordered of all": lambda tx: tx.version_lists.ordered(
        _OF_ALL, parse_order("metrics.auc desc", VERSION_ORDER), SortKey((None,), ("fraud", 9)), 50
    ),
    "version_lists.ordered among": lambda tx: tx.version_lists.ordered(
        replace(_OF_MODEL, among=[a_uid(), a_uid()]),
        parse_order("update_time desc", VERSION_ORDER),
        None,
        50,
    ),
    "version_lists.ordered among all": lambda tx: tx.version_lists.ordered(
        replace(_OF_ALL, among=[a_uid(), a_uid()]),
        parse_order("update_time desc", VERSION_ORDER),
        None,
        50,
    ),
    "versions.live": lambda tx: tx.versions.live("default", ("a", 9), 50),
    "lineage.add": _add_lineage,
    "lineage.nodes": lambda tx: tx.lineage.nodes([a_node(Run("r")).uid, a_uid()]),
    "lineage.edges of many": lambda tx: tx.lineage.edges(
        [a_uid(), a_uid()], Direction.DOWN, [EdgeRole.TRAINED_ON, EdgeRole.DERIVED_FROM], 50
    ),
    "aliases.naming": lambda tx: tx.aliases.naming(_MODEL, [1, 2, 3], None),
    "aliases.naming then": lambda tx: tx.aliases.naming(_MODEL, [1, 2, 3], at(1)),
    "stages.holders then": lambda tx: tx.stages.holders(_MODEL, "production", at(1)),
    "blobs.extend": lambda tx: tx.blobs.extend("default", [a_digest("a")], at(9)),
    "blobs.sizes": lambda tx: tx.blobs.sizes("default", [1, 2, 3]),
    "blobs.condemn, mark_deleting": _collect,
    "versions.update": _delete_a_version,
    "blobs.get": lambda tx: tx.blobs.get("default", [a_digest("a")]),
    "blobs.withheld": lambda tx: tx.blobs.withheld("default", [a_digest("a")]),
    "log.state": _read_the_state,
}

# How SQLite reads what was given with the query, and the groups that it has found by an index.
_PARAMETERS = {"SCAN CONSTANT ROW", "SCAN 3 CONSTANT ROWS", "SCAN asked", "SCAN counted"}


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A transaction on a registry that knows that it is large."""
    engines = open_engines(database_url)
    with engines.writers.begin() as opened:
        if opened.dialect.name == "postgresql":
            for setting in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
                opened.execute(text(f"SET LOCAL {setting} = off"))
        events = [Event(1, index, START, each) for index, each in enumerate(_CHANGES)]
        record_events(opened, events)
        yield opened
    engines.dispose()


def _plans(connection: Connection, query: Callable[[SqlTransaction], object]) -> list[str]:
    """Return the plan of each statement that the query runs."""
    ran: list[tuple[str, object]] = []

    def note(
        _connection: Connection,
        _cursor: DBAPICursor,
        statement: str,
        parameters: object,
        _context: ExecutionContext,
        _many: bool,
    ) -> None:
        ran.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    query(SqlTransaction(connection, record_digest))
    event.remove(connection, "before_cursor_execute", note)
    prefix = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    plans = []
    for statement, parameters in ran:
        rows = connection.exec_driver_sql(prefix + statement, parameters)  # type: ignore[arg-type]
        lines = (str(row[-1]) for row in rows)
        plans.append("\n".join(line for line in lines if line not in _PARAMETERS))
    return plans


def _offending(
    connection: Connection, queries: dict[str, Callable[[SqlTransaction], object]], *words: str
) -> dict[str, str]:
    """Return the plans with one of the words."""
    plans = {name: _plans(connection, query) for name, query in queries.items()}
    assert all(plans.values())
    return {
        name: plan
        for name, found in plans.items()
        for plan in found
        if any(word in plan for word in words)
    }


def test_queries_read_a_range_of_an_index_in_order(connection: Connection) -> None:
    words = ("SCAN", "TEMP B-TREE", "Seq Scan", "Sort")
    assert _offending(connection, _QUERIES, *words) == {}


def test_queries_that_sort_find_by_index(connection: Connection) -> None:
    assert _offending(connection, _SORTED, "SCAN", "Seq Scan") == {}


def test_pages_of_live_versions_begin_where_the_last_one_ended(connection: Connection) -> None:
    (plan,) = _plans(connection, lambda tx: tx.versions.live("default", ("a", 9), 50))
    assert any(range_ in plan for range_ in ("model_id>?", "model_id >= 'a'")), plan


def test_a_query_without_an_index_would_be_noticed(connection: Connection) -> None:
    connection.execute(text("DROP INDEX ix_models_live"))
    where = model_filter("owner = ann")
    queries: dict[str, Callable[[SqlTransaction], object]] = {
        "tokens.all": lambda tx: tx.tokens.all(),
        "models.page": lambda tx: tx.models.page("x", where, None, 9, show_deleted=False),
    }
    assert set(_offending(connection, queries, "SCAN", "Seq Scan")) == {"tokens.all"}
