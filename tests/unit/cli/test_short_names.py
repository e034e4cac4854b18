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
        ("namespaces/default/models/My model 2/versions/7 is deleted", "My model 2/7 is deleted"),
        ("model namespaces/risk/models/My model 2 is deleted", "model risk/My model 2 is deleted"),
        (
            "'namespaces/risk/models/ein Modell (neu)/aliases/Champion' needs a version",
            "'risk/ein Modell (neu)@Champion' needs a version",
        ),
        ("(namespaces/default/models/a+b (1)/versions/7)", "(a+b (1)/7)"),
        ("namespaces/default/models/हिन्दी: gone", "हिन्दी: gone"),
        (
            "namespaces/default/models/a, namespaces/default/models/b/versions/1",
            "a, b/1",
        ),
        (
            "namespaces/default/models/a and namespaces/risk/models/b (x)/aliases/-y",
            "a and risk/b (x)@-y",
        ),
    ],
)
def test_full_names_become_what_commands_take(said: str, shown: str) -> None:
    assert shortened(said) == shown
