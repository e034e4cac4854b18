"""An integer that a double would round is refused where a policy states it."""

import json
from pathlib import Path

import pytest
import typer

from modelregistry import MetricBound, Rule
from modelregistry._convert.rule import rule_to_message
from modelregistry.cli import message_files
from modelregistry.errors import InvalidRequest

ROUNDED, EXACT = 2**53 + 1, 2**53


@pytest.mark.parametrize("field", ["minimum", "maximum", "tolerance"])
def test_a_bound_is_refused_by_its_field(field: str) -> None:
    def rule(number: int) -> Rule:
        numbers: dict[str, float] = {field: number}
        return Rule(id="auc", check=MetricBound(metric="auc", **numbers))  # type: ignore[arg-type]

    with pytest.raises(InvalidRequest, match=f"{field}: .*a double does not hold exactly"):
        rule_to_message(rule(ROUNDED))
    assert getattr(rule_to_message(rule(EXACT)).bound, field) == EXACT


def test_a_policy_file_is_refused_with_the_number(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"

    def write(number: int) -> None:
        bound = {"metric": "n", "minimum": number}
        rules = [{"id": "n", "bound": bound}]
        file.write_text(json.dumps({"name": "q", "to_stage": "production", "rules": rules}))

    write(ROUNDED)
    with pytest.raises(typer.BadParameter, match=f"{ROUNDED} is an integer that a double"):
        message_files.policy(file)
    write(EXACT)
    assert message_files.policy(file).rules
