"""First uses of tokens are written once, also with more tokens than are kept in memory."""

from uuid import uuid4

import pytest

from registry_grpc.domain.principal import Role, Token
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services import access
from registry_grpc.services.access import Tokens, TokenUses
from tests.support.services import MovableClock


def test_of_more_tokens_than_are_kept_the_least_recently_used_is_written_again(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MovableClock()
    tokens = Tokens(database, clock, uuid4, lambda: uuid4().hex)
    ann, ben, eve = (tokens.create(name, Role.READER, None)[0] for name in ("ann", "ben", "eve"))
    uses = TokenUses(database, clock)
    transactions: list[Token] = []
    write = uses._record  # noqa: SLF001 - what it costs the database shows nowhere else

    def counted(token: Token) -> None:
        transactions.append(token)
        write(token)

    def written(*used: Token) -> list[Token]:
        transactions.clear()
        for token in used:
            uses.note(token)
        uses.record()
        return list(transactions)

    monkeypatch.setattr(uses, "_record", counted)
    monkeypatch.setattr(access, "_MOST_KNOWN", 2)
    assert written(ann, ben, ann) == [ann, ben]
    assert written(eve) == [eve]  # evicts ben: ann was used later
    assert written(ann, eve) == []
    assert written(ben) == [ben]
