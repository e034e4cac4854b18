"""The use cases serve a transport without protobuf: their results are the domain's own."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from registry_grpc.domain.alias import Alias
from registry_grpc.domain.errors import RequestIdReused
from registry_grpc.domain.page import Query
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.reference import Reference
from registry_grpc.services.alias import Aliases
from registry_grpc.services.lookup import LookupQuery
from registry_grpc.services.mutation import Mutation, Mutations
from tests.support.history import NOTHING_SEEN
from tests.support.resolutions import lookups_of
from tests.support.services import MODEL, LocalRegistry, local_registry

ANN = Principal("ann", Role.WRITER)
CHAMPION = MODEL.alias("champion")
FIRST, SECOND = (Reference.parse(f"fraud/{number}") for number in (1, 2))


class JsonTransport:
    """Sets aliases, asked in JSON and answering in JSON; method: of its own, as it names it."""

    def __init__(self, place: LocalRegistry, method: str = "PUT /aliases") -> None:
        self.aliases = Aliases(place.database, Mutations(place.database, place.clock))
        self._method = method

    def set(self, target: Reference, request_id: str) -> tuple[Alias | None, dict[str, str]]:
        """Return the result, and what is answered."""
        asked = f"{self._method} {target}".encode()
        mutation = Mutation(ANN, request_id, hashlib.sha256(asked).hexdigest(), _answer)
        done = self.aliases.set(mutation, CHAMPION, target, "", "")
        return done.result, json.loads(done.reply)


def _answer(alias: Alias, history: str) -> bytes:
    return json.dumps({"version": str(alias.version), "history": history}).encode()


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[LocalRegistry]:
    with local_registry(database_url, tmp_path) as place:
        for content in (b"one", b"two"):
            place.push(content)
            place.register(content)
        yield place


def test_a_change_has_a_result_and_its_repeat_the_reply_of_that_transport(
    place: LocalRegistry,
) -> None:
    transport, request_id = JsonTransport(place), str(uuid4())
    result, answer = transport.set(FIRST, request_id)
    assert result is not None
    assert (str(result.version), result.actor) == (answer["version"], "ann")
    transport.set(SECOND, str(uuid4()))
    assert transport.set(FIRST, request_id) == (None, answer)
    assert transport.aliases.get(CHAMPION, NOTHING_SEEN).version.number == 2


def test_a_request_id_of_one_transport_is_no_repeat_in_another(place: LocalRegistry) -> None:
    request_id = str(uuid4())
    JsonTransport(place).set(FIRST, request_id)
    with pytest.raises(RequestIdReused):
        JsonTransport(place, "SetAlias").set(FIRST, request_id)


def test_lists_and_lookups_answer_with_what_they_are_about(place: LocalRegistry) -> None:
    transport = JsonTransport(place)
    result, _ = transport.set(FIRST, "")
    query = Query("aliases", (), (str,))
    page = transport.aliases.list(query, query.page(10, ""), MODEL, NOTHING_SEEN)
    assert list(page.items) == [result]
    lookups = lookups_of(place.database, place.clock)
    with lookups.resolve(
        LookupQuery(["fraud@champion", "fraud/1", "fraud/2"]), NOTHING_SEEN
    ) as found:
        numbers = [version.name.number for version in found.versions]
        names = [MODEL.version(number) for number in (1, 1, 2)]
        assert (found.answers, numbers) == (names, [1, 2])
