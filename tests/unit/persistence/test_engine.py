"""Which database URLs there are, and what is said about the others."""

import pytest

from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.database_url import parse_url


@pytest.mark.parametrize(
    "url, expected",
    [
        ("sqlite:////data/registry.db", "sqlite+pysqlite:////data/registry.db"),
        ("sqlite:///registry.db", "sqlite+pysqlite:///registry.db"),
        ("postgresql://host/name", "postgresql+psycopg://host/name"),
        ("postgres://ann@host:5433/name", "postgresql+psycopg://ann@host:5433/name"),
        ("postgresql+psycopg:///name?host=/run", "postgresql+psycopg:///name?host=/run"),
    ],
)
def test_urls_of_our_databases_are_read(url: str, expected: str) -> None:
    assert parse_url(url).render_as_string(hide_password=False) == expected.replace(
        "host=/run", "host=%2Frun"
    )


@pytest.mark.parametrize(
    "url, sentence",
    [
        ("mysql://ann:geheim@host/name", "starts with sqlite:/// or postgresql://, not 'mysql'"),
        ("postgresql+asyncpg://ann:geheim@h/n", "not 'postgresql"),
        ("geheim", "cannot be read"),
        ("", "cannot be read"),
        ("postgresql://ann:geheim@host:port/name", "cannot be read"),
        ("postgresql://ann:dort@geheim@host/name", "write an @ in a user or password as %40"),
        ("postgresql://ann:geheim@host/name?ssl_mode=off", "does not know: 'ssl_mode'"),
        ("postgresql://ann:geheim@host/name?prepare_threshold=0", "does not know: 'prepare_thr"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "SQLite needs a file"),
    ],
)
def test_other_urls_are_refused_with_a_sentence_and_no_secret(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        open_database(url)
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None
