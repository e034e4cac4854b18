"""The glossary has an entry for every resource of the contract and every group of commands."""

import re
from pathlib import Path

import pytest
import typer

from modelregistry.cli.app import app

_ROOT = Path(__file__).parents[2]
_TERMS = {
    term.lower()
    for term in re.findall(
        r"\*\*([^*]+)\*\*", (_ROOT / "docs/reference/glossary.md").read_text(encoding="utf-8")
    )
}
_RESOURCES = sorted(
    {
        kind
        for proto in (_ROOT / "protos/modelregistry/v1").glob("*.proto")
        for kind in re.findall(r'type: "modelregistry/(\w+)"', proto.read_text(encoding="utf-8"))
    }
)
_GROUPS = sorted(getattr(typer.main.get_command(app), "commands", {}))
_SYNONYMS = {
    "LineageRecord": "lineage",
    "Policy": "promotion policy",
    "policy": "promotion policy",
    "schema": "registration schema",
    "audit": "audit trail",
    "check": "rule",
    "promote": "transition",
    "rollback": "transition",
    "evaluate": "evaluation",
    "attest": "attestation",
    "record-lineage": "lineage",
    "report": "version",
    "production": "stage",
    "sync": "pull",
}


def _term(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return _SYNONYMS.get(name, words)


@pytest.mark.parametrize("name", [*_RESOURCES, *_GROUPS])
def test_a_resource_or_command_has_a_term(name: str) -> None:
    assert _term(name).removesuffix("s") in {term.removesuffix("s") for term in _TERMS}


def test_resources_and_commands_were_found() -> None:
    assert "Version" in _RESOURCES
    assert "push" in _GROUPS
