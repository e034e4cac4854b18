"""Passwords and tokens in addresses are neither shown nor recorded."""

import pytest

from modelregistry import Client, errors
from modelregistry._credentials import redacted, without_credentials
from modelregistry.cli import failures

CASES = [
    ("http://bob:s3@h:1/p", "http://***@h:1/p", "http://h:1/p"),
    (
        "postgresql+psycopg://u:p/w?@x#@h/db",
        "postgresql+psycopg://***@h/db",
        "postgresql+psycopg://h/db",
    ),
    ("https://token@host/o/r.git", "https://***@host/o/r.git", "https://host/o/r.git"),
    (
        "https://h/b?X-Amz-Signature=ab%3D&part=1",
        "https://h/b?X-Amz-Signature=***&part=1",
        "https://h/b",
    ),
    ("https://h/b?sig=a;access_token=b", "https://h/b?sig=***;access_token=***", "https://h/b"),
    ("ssh://git:pw@h/r", "ssh://***@h/r", "ssh://git@h/r"),
    ("https://h/o/r@v1", "https://h/o/r@v1", "https://h/o/r@v1"),
    ("git@h:o/r", "git@h:o/r", "git@h:o/r"),
    ("ssh://git:pw@h:22/r", "ssh://***@h:22/r", "ssh://git@h:22/r"),
    ("https://[broken", "https://[broken", ""),
]


@pytest.mark.parametrize("address, shown, kept", CASES, ids=[case[0] for case in CASES])
def test_an_address_is_shown_and_recorded_without_its_secrets(
    address: str, shown: str, kept: str
) -> None:
    assert without_credentials(address) == kept
    text = f"connection to '{address}' failed, {address} has no route"
    assert redacted(text) == f"connection to '{shown}' failed, {shown} has no route"


def test_an_address_of_a_registry_has_no_password_and_none_is_shown() -> None:
    for address in ("http://bob:s3cr3t@127.0.0.1:1", "bob:s3cr3t@127.0.0.1:1"):
        with pytest.raises(errors.ConfigurationError, match="MODELREG_TOKEN") as refused:
            Client(address)
        assert "s3cr3t" not in str(refused.value)


def test_the_command_line_shows_no_password_of_an_error() -> None:
    error = errors.InvalidRequest("postgresql://bob:s3cr3t@h/db is refused")
    assert next(failures.lines(error, "")) == "error: postgresql://***@h/db is refused"
    assert failures.document(error)["message"] == "postgresql://***@h/db is refused"
