"""A secret shows nowhere but where it is revealed."""

import copy
import json
import logging
import pickle
import traceback

import pytest

from modelregistry import _secret as sdk
from registry_grpc.config import Settings
from registry_grpc.domain.secret import Secret

TEXT = "s3cret-text"


@pytest.fixture(params=[Secret, sdk.Secret], ids=["server", "sdk"])
def secret(request: pytest.FixtureRequest) -> Secret:
    made: Secret = request.param(TEXT)
    return made


def test_every_form_of_it_is_hidden(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("token %s, %r", secret, secret)
    forms = [str(secret), repr(secret), f"{secret}", f"{secret:>20}", f"{secret!r}", f"{[secret]}"]
    forms += ["%s" % secret, "{}".format(secret), json.dumps(secret, default=str), caplog.text]  # noqa: UP031, UP032
    for form in forms:
        assert TEXT not in form
        assert "***" in form
    assert secret.reveal() == TEXT


def test_a_traceback_hides_it(secret: Secret) -> None:
    def fail(hidden: object) -> None:
        raise ValueError(hidden)

    with pytest.raises(ValueError, match=r"\*\*\*") as caught:
        fail(secret)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert TEXT not in "".join(trace.format())


def test_it_is_not_written_to_a_file(secret: Secret) -> None:
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            write(secret)


def test_it_compares_by_its_text(secret: Secret) -> None:
    same, other = type(secret)(TEXT), type(secret)("other")
    assert secret == same
    assert hash(secret) == hash(same)
    assert secret != other
    assert secret != TEXT
    assert secret
    assert not type(secret)()


def test_settings_show_no_password() -> None:
    settings = Settings.load({"database": f"postgresql://u:{TEXT}@db/registry"}, {})
    assert TEXT not in repr(settings)
    assert TEXT in settings.database_url
