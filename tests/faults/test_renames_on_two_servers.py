"""Renames where several servers have answers in memory: a race, a restart, a restored database."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.backups import back_up, restore
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.faults.amount import amount
from tests.support.server import RegistryProcess
from tests.support.serving import within
from tests.support.stubs import Stubs, connected, refusal

SECONDS = 60.0
MOVES = amount(6, 60)
NAMES = ("fraud", "credit", "loans")


@dataclass
class Pair:
    """Two servers on one database, each with a client."""

    servers: tuple[RegistryProcess, RegistryProcess]
    stubs: tuple[Stubs, Stubs]
    database_url: str


@pytest.fixture
def pair(database_url: str, tmp_path: Path) -> Iterator[Pair]:
    options = ("--database", database_url, "--blobs", f"file://{tmp_path / 'blobs'}")
    servers = [RegistryProcess(tmp_path / name, options).start() for name in ("one", "other")]
    with connected(servers[0].target) as one, connected(servers[1].target) as other:
        yield Pair((servers[0], servers[1]), (one, other), database_url)
    for server in servers:
        server.stop()


def named(model: str) -> str:
    return f"{NAMESPACE}/models/{model}"


def rename(stubs: Stubs, model: str, new: str) -> tuple[str, int]:
    """Return the outcome, OK or its reason, and the revision."""
    request = catalog.RenameModelRequest(name=named(model), model_id=new)
    try:
        return "OK", stubs.RenameModel(request).revision
    except grpc.RpcError as error:
        return refusal(error).reason, 0


def answers(stubs: Stubs, revision: int = 0) -> dict[str, tuple[str, str, str]]:
    """Return what each name leads to: the version or the reason, and both names of a redirect.

    All three lookups agree.
    """
    refs = [f"{name}@champion" for name in NAMES]
    request = lookup.BatchResolveVersionsRequest(refs=refs, min_revision=revision)
    found = {}
    for name, one in zip(NAMES, stubs.BatchResolveVersions(request).resolutions, strict=True):
        shown = "" if one.HasField("error") else one.version.name
        found[name] = (shown, one.redirected_from, one.redirected_to)
        model = _model(stubs, name, revision)
        if shown:
            single = stubs.ResolveVersion(
                lookup.ResolveVersionRequest(ref=f"{name}@champion", min_revision=revision)
            )
            assert (single.version.name, single.redirected_from) == found[name][:2]
            assert model == (shown.rpartition("/versions/")[0], one.redirected_from)
    return found


def _model(stubs: Stubs, name: str, revision: int) -> tuple[str, str]:
    try:
        found = stubs.GetModel(catalog.GetModelRequest(name=named(name), min_revision=revision))
    except grpc.RpcError as error:
        return refusal(error).reason, ""
    return found.name, found.redirected_from


def test_no_server_answers_by_a_name_as_it_was_before_an_acknowledged_rename(pair: Pair) -> None:
    one, other = pair.stubs
    for name in ("fraud", "loans"):
        a_version(one, a_model(one, name), name.encode(), alias="champion")
    at, free, revision = {"fraud": "fraud", "loans": "loans"}, "credit", 0
    wanted = answers(one)
    for number in range(MOVES):
        for stubs in pair.stubs:
            answers(stubs, revision)  # in memory, and errors too
        who = "fraud" if number % 3 else "loans"
        actor, observer = (one, other) if number % 2 else (other, one)
        said, revision = rename(actor, at[who], free)
        assert said == "OK"
        at[who], free = free, at[who]
        # The last model that had the free name has just left it.
        wanted = {name: (f"{named(name)}/versions/1", "", "") for name in at.values()}
        wanted[free] = (f"{named(at[who])}/versions/1", named(free), named(at[who]))
        assert answers(actor) == wanted
        assert answers(observer, revision) == wanted
    with connected(pair.servers[1].target) as again:
        pair.servers[0].stop()
        assert answers(again, revision) == wanted
        pair.servers[0].restart()
    assert answers(one, revision) == wanted


SPACE = "namespaces/n"


@dataclass
class Contest:
    """Calls to two servers that all take one name at once, in two spellings."""

    pair: Pair
    wanted: str
    rivals: list[str]
    ready: threading.Barrier

    def take(self, number: int) -> str:
        """Return the name of the model that has the name then, or the reason why not."""
        stubs, spelt = self.pair.stubs[number % 2], self.wanted
        if number % 3 == 0:
            spelt = spelt.lower()
        self.ready.wait(SECONDS)
        try:
            if number < len(self.rivals):
                request = catalog.RenameModelRequest(name=self.rivals[number], model_id=spelt)
                return str(stubs.RenameModel(request).name)
            if number == len(self.rivals):
                return new(stubs, spelt)
            return a_version_by_reference(stubs, f"{SPACE}/models/{spelt}")
        except grpc.RpcError as error:
            return refusal(error).reason


def new(stubs: Stubs, model: str) -> str:
    request = catalog.CreateModelRequest(parent=SPACE, model_id=model)
    return str(stubs.CreateModel(request).name)


@pytest.mark.parametrize("reused", [False, True])
def test_of_those_that_take_a_name_at_once_at_two_servers_one_gets_it(
    pair: Pair, *, reused: bool
) -> None:
    one, _ = pair.stubs
    setup = catalog.CreateNamespaceRequest(namespace_id="n")
    setup.namespace.reuse_purged_names = reused
    one.CreateNamespace(setup)
    for turn in range(MOVES):
        wanted = f"Taken {turn}"
        if reused:
            gone = new(one, wanted)
            one.DeleteModel(catalog.DeleteModelRequest(name=gone))
            one.PurgeModel(catalog.PurgeModelRequest(name=gone))
        rivals = [new(one, f"m{turn}-{number}") for number in range(4)]
        contest = Contest(pair, wanted, rivals, threading.Barrier(6))
        with ThreadPoolExecutor(6) as pool:
            said = list(pool.map(contest.take, range(6)))
        got = [text for text in said if text.startswith(SPACE)]
        others = {text for text in said if not text.startswith(SPACE)}
        # A registration joins the model that has the name in its spelling.
        assert len(set(got)) == 1, said
        assert len(got) == 1 or said[5] in got, said
        assert others <= {"MODEL_ALREADY_EXISTS"}, said
        listed = one.ListModels(catalog.ListModelsRequest(parent=SPACE, page_size=1_000)).models
        taken = [model.name for model in listed if model.name.lower().endswith(wanted.lower())]
        assert taken == [got[0]]


def a_version_by_reference(stubs: Stubs, model: str) -> str:
    """Register a version in a model, which is created with it; return the name of the model."""
    request = catalog.RegisterVersionRequest(parent=model, create_model=True)
    request.version.by_reference = True
    request.version.source.uri = "s3://bucket/model"
    return str(stubs.RegisterVersion(request).name.rpartition("/versions/")[0])


def test_a_database_of_before_a_rename_has_the_names_of_then(pair: Pair, tmp_path: Path) -> None:
    one, other = pair.stubs
    a_version(one, a_model(one, "fraud"), alias="champion")
    before = answers(one)
    assert answers(other) == before
    backup = back_up(pair.database_url, tmp_path)
    for model, new in (("fraud", "credit"), ("credit", "loans")):
        assert rename(one, model, new)[0] == "OK"
    now = {name: (f"{named('loans')}/versions/1", named(name), named("loans")) for name in NAMES}
    now["loans"] = (now["loans"][0], "", "")
    within(SECONDS, lambda: answers(other) == now)
    assert answers(one) == now
    restore(pair.database_url, backup)
    for stubs in pair.stubs:
        within(SECONDS, lambda stubs=stubs: _survived(stubs) == before)  # type: ignore[misc]
    # An acknowledged rename that was lost can be made again, in another way.
    assert rename(one, "fraud", "loans")[0] == "OK"
    within(SECONDS, lambda: answers(other)["fraud"] == now["fraud"])
    assert answers(other)["credit"] == ("", "", "")


def _survived(stubs: Stubs) -> object:
    try:
        return answers(stubs)
    except (grpc.RpcError, AssertionError):  # connections are lost; lookups come one by one
        return None
