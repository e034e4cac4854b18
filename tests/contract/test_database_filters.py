"""Filters mean the same on every database."""

from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.model import ModelDraft
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    VersionFields,
    a_model,
    add_version,
    at,
    model_filter,
    some_files,
    stored_model,
    version_filter,
)

_MODELS = {
    "a": ModelDraft("Fraud, 100% sure", {"team": "risk", "env": "prod"}, "ann"),
    "b": ModelDraft("fraud_score", {"team": "ops"}, "bob"),
    "c": ModelDraft("", {'we"ird.key': "x", "0": "zero", "back\\slash": "y"}, "Zoe"),
}


_CHOSEN_MODELS: dict[str, str] = {
    'labels.team = "risk"': "a",
    "labels.team != risk": "b",
    "NOT labels.team = risk": "bc",
    "-labels.team = risk": "bc",
    "NOT labels.team != risk": "ac",
    "labels.team > p": "a",
    "labels.team : IS": "a",
    "labels:team": "ab",
    "NOT labels:team": "c",
    "labels:env AND labels.env = prod": "a",
    "labels.'we\"ird.key' = x": "c",
    'labels."0" = zero': "c",
    'labels:"back\\\\slash"': "c",
    "labels:nothing": "",
    'description : "FRAUD"': "ab",
    'description : "100%"': "a",
    'description : "d%s"': "",
    'description : "d_s"': "b",
    'description = ""': "c",
    "owner < Zz": "c",
    "owner >= ann": "ab",
    "id = a OR id = c": "ac",
    "owner = bob OR owner = ann AND labels.env = prod": "a",
    "NOT (id = a OR id = b)": "c",
    'create_time < "2026-05-03T12:01:00Z"': "a",
    'create_time >= "2026-05-03T14:01:00.123456+02:00"': "bc",
    'create_time = "2026-05-03T12:01:00.123456Z"': "b",
    "creator = ann": "abc",
}


def test_filters_of_models_choose_the_same_everywhere(database: Database) -> None:
    with database.change(lambda: at(0)) as transaction:
        for minute, (name, draft) in enumerate(_MODELS.items()):
            transaction.models.add(a_model(name, draft=draft, create_time=at(minute)))
        found = {
            text: transaction.models.page(
                "default", model_filter(text), None, 9, show_deleted=False
            )
            for text in _CHOSEN_MODELS
        }
    chosen = {text: "".join(model.name.model for model in models) for text, models in found.items()}
    assert chosen == _CHOSEN_MODELS


_DIGEST = "sha256:" + "d" * 64
_VERSIONS = (
    VersionFields(
        files=some_files("a"),
        metrics={"auc": 0.9, "loss": -1.5},
        tags={"run": "7"},
        detail=VersionDetail(params={"lr": "0.10", "with space": "yes"}),
    ),
    VersionFields(
        files=some_files("a", "bb", "ccc"),
        metrics={"auc": 0.91, "tiny": 5e-324, "huge": 1.7e308},
        labels={"ok": "yes"},
        stage="staging",
        creator="bob",
    ),
    VersionFields(description="third", metrics={"auc": 1.0}, create_time=at(5)),
)


_CHOSEN_VERSIONS: dict[str, list[int]] = {
    "metrics.auc > 0.9": [3, 2],
    "metrics.auc >= 0.9 AND metrics.auc < 1": [2, 1],
    "metrics.auc = 1": [3],
    "metrics.loss < -1": [1],
    "NOT metrics.loss < -1": [3, 2],
    "metrics.loss != 0": [1],
    "metrics:loss": [1],
    "metrics.tiny > 0": [2],
    "metrics.huge > 1e308": [2],
    "number > 1.5": [3, 2],
    "number = 2": [2],
    "number < 2.5 AND number >= 1.5": [2],
    "number < 99999999999999999999999": [3, 2, 1],
    "size_bytes >= 6": [3, 2],
    "file_count = 3": [2],
    "stage = staging": [2],
    "NOT stage : ING": [3, 1],
    "creator != ann": [2],
    "labels.ok = yes": [2],
    "tags.run = 7": [1],
    "params.lr = '0.10'": [1],
    "params.'with space' : Y": [1],
    "params:lr OR labels:ok": [2, 1],
    "description : hir": [3],
    'create_time > "2026-05-03T12:04:00Z"': [3],
    "root_digest : 'sha256:'": [3, 2, 1],
    f"root_digest = '{_DIGEST}'": [],
}


def test_filters_of_versions_choose_the_same_everywhere(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: at(0)) as transaction:
        for number, fields in enumerate(_VERSIONS, 1):
            add_version(transaction, model, number, fields)
        found = {
            text: transaction.versions.page(
                model, version_filter(text), None, 9, show_deleted=False
            )
            for text in _CHOSEN_VERSIONS
        }
    chosen = {
        text: [version.name.number for version in versions] for text, versions in found.items()
    }
    assert chosen == _CHOSEN_VERSIONS


def test_a_root_digest_is_compared_as_it_is_written(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: at(0)) as transaction:
        version = add_version(transaction, model, 1)
        where = version_filter(f'root_digest = "{version.root_digest}"')
        assert transaction.versions.page(model, where, None, 9, show_deleted=False)


def test_the_largest_filter_is_answered(database: Database) -> None:
    text = "(" * 32 + " OR ".join(f"number={number}" for number in range(100, 240)) + ")" * 32
    model = stored_model(database)
    with database.change(lambda: at(0)) as transaction:
        add_version(transaction, model, 120)
        where = version_filter(text)
        page = transaction.versions.page(model, where, None, 9, show_deleted=False)
    assert [version.name.number for version in page] == [120]
