"""The actions of the audit trail: of changes, of tokens, and of denied requests."""

from collections.abc import Sequence
from enum import StrEnum

from registry_grpc.domain.denied_request import DenialAction
from registry_grpc.domain.principal import TokenAction
from registry_grpc.domain.resources import RESOURCES

_KINDS: Sequence[type[StrEnum]] = [*(row.actions for row in RESOURCES), TokenAction, DenialAction]
ACTIONS: Sequence[str] = tuple(str(action) for kind in _KINDS for action in kind)


def action_problem(text: str) -> str:
    """Return why a text selects no action, with the possible ones; '' for one that does.

    An action such as `alias.set` selects itself, a noun with its dot all actions of it.
    """
    noun = text.partition(".")[0] + "."
    of_noun = [action for action in ACTIONS if action.startswith(noun)]
    if text in of_noun or (text == noun and of_noun):
        return ""
    if of_noun:
        known = ", ".join(of_noun)
        return f"must be one of {known}; or {noun} for all of these"
    # The kinds come first: the text of an error is cut after 300 bytes, which the actions exceed.
    nouns = dict.fromkeys(action.partition(".")[0] + "." for action in ACTIONS)
    return f"must be of a kind ({', '.join(nouns)}) or one of {', '.join(ACTIONS)}"
