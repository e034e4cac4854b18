"""A rejected login gets advice about logins, and one without TLS advice about TLS."""

import psycopg
import pytest
from sqlalchemy import make_url

from registry_grpc.domain.database_fault import FaultKind
from registry_grpc.persistence.faults import fault_of

HOST = "postgresql://ann@db/registry"
_AT = 'connection to server at "10.0.0.2", port 5432 failed: '
NO_TLS = f'{_AT}FATAL: no pg_hba.conf entry for host "10.0.0.9", user "ann", no encryption'
TLS = NO_TLS.replace("no encryption", "SSL encryption")


@pytest.mark.parametrize(
    "url, text, kind",
    [
        # An unknown user of a server without TLS; PostgreSQL adds "no encryption" all the same.
        (HOST, NO_TLS, FaultKind.LOGIN),
        (HOST, f"{TLS} {NO_TLS}", FaultKind.LOGIN),
        (f"{HOST}?sslmode=require", TLS, FaultKind.LOGIN),
        (f"{HOST}?sslmode=disable", NO_TLS, FaultKind.ENCRYPTION),
        (HOST, f"{_AT}received invalid response to SSL negotiation: H", FaultKind.UNREACHABLE),
        (HOST, f"{_AT}server does not support SSL, but SSL was required", FaultKind.ENCRYPTION),
    ],
)
def test_the_kind_follows_the_rejection_and_what_the_url_allows(
    url: str, text: str, kind: FaultKind
) -> None:
    fault = fault_of(psycopg.OperationalError(text), make_url(url))
    assert fault is not None
    assert fault.kind is kind
