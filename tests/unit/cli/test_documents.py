"""The JSON that `--json` prints."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelregistry.cli import documents
from modelregistry.types import DatasetInput, DatasetRole, Environment, Model, Package, Version

MOMENT = datetime(2026, 10, 4, 12, 0, 1, 500_000, tzinfo=UTC)


def test_a_document_has_every_field_under_its_own_name() -> None:
    model = Model(name="namespaces/default/models/fraud", labels={"team": "risk"})
    made = documents.document(model)
    assert isinstance(made, dict)
    assert set(made) == {field.name for field in fields(Model)}
    assert made["labels"] == {"team": "risk"}
    assert made["delete_time"] is None


def test_times_are_rfc_3339_in_utc() -> None:
    model = Model(name="n", create_time=MOMENT, update_time=MOMENT.replace(microsecond=0))
    made = documents.document(model)
    assert isinstance(made, dict)
    assert made["create_time"] == "2026-10-04T12:00:01.500000Z"
    assert made["update_time"] == "2026-10-04T12:00:01Z"


def test_enumerations_are_names_and_unknown_numbers_stay_numbers() -> None:
    version = Version(
        name="n",
        state=9,
        inputs=(
            DatasetInput(uri="u", role=DatasetRole.TEST),
            DatasetInput(uri="u", role=7),
        ),
    )
    made = json.loads(documents.encode(version))
    assert made["state"] == 9
    assert [data["role"] for data in made["inputs"]] == ["test", 7]
    assert json.loads(documents.encode(Version(name="n")))["state"] == "active"


def test_values_inside_values_are_documents_too() -> None:
    version = Version(name="n", environment=Environment(packages=(Package("numpy", "2.1.0"),)))
    made = json.loads(documents.encode({"path": Path("/models/x"), "version": version}))
    assert made["path"] == "/models/x"
    packages = made["version"]["environment"]["packages"]
    assert packages == [{"name": "numpy", "version": "2.1.0"}]


def test_the_text_is_ascii_and_holds_no_control_characters() -> None:
    text = documents.encode(Model(name="n", description="Grüße\x1b[2J\u202e"))
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["description"] == "Grüße\x1b[2J\u202e"


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        documents.document(object())
