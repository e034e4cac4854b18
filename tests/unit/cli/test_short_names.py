"""Sentences of the registry in the words that people type."""

import pytest

from modelregistry.cli.short_names import shortened


@pytest.mark.parametrize(
    "said,shown",
    [
        (
            "namespaces/default/models/fraud/versions/7 cannot go from stage 'none'",
            "fraud/7 cannot go from stage 'none'",
        ),
        ("namespaces/risk/models/fraud-2.x/versions/7, first auc", "risk/fraud-2.x/7, first auc"),
        ("model namespaces/default/models/nope does not exist", "model nope does not exist"),
        ("'namespaces/default/models/fraud/aliases/champion'", "'fraud@champion'"),
        ("policy namespaces/risk/policies/quality", "policy risk/quality"),
        (
            "ann may not approve namespaces/risk/transitions/0189-ab: why",
            "ann may not approve risk/0189-ab: why",
        ),
        ("namespaces/default/models/fraud/versions/7/evaluations/3", "fraud/7/evaluations/3"),
        ("namespaces/default/registrationSchema", "namespaces/default/registrationSchema"),
        ("namespaces/default/transitions/0189-ab", "transition 0189-ab"),
        ("nothing to shorten", "nothing to shorten"),
    ],
)
def test_full_names_become_what_commands_take(said: str, shown: str) -> None:
    assert shortened(said) == shown
