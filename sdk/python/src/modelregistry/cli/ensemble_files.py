"""Ensembles in files and options.

A file has the JSON form of EnsembleSpec (proto3 JSON), as `versions show --json` has the members.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from modelregistry._convert.checked import REPLY_HAS
from modelregistry._convert.ensemble import ensemble_from_file
from modelregistry.cli import parsing
from modelregistry.cli.message_files import read
from modelregistry.errors import MalformedReply
from modelregistry.types import Ensemble, EnsembleMember
from modelregistry.v1 import ensemble_pb2

_OPTION = "--ensemble"


def wanted(path: Path | None, members: Iterable[str], soft: Iterable[str]) -> Ensemble | None:
    """Return the ensemble in a file with more members of options; None for nothing at all.

    members, soft: `ROLE=REF`. A usage error for anything else, and for a role that is given twice.
    """
    more = [
        *_members("--member", members, soft=False),
        *_members("--soft-member", soft, soft=True),
    ]
    if path is None:
        return Ensemble(members=tuple(more)) if more else None
    found = _from_file(path)
    return replace(found, members=(*found.members, *more))


def _members(option: str, given: Iterable[str], *, soft: bool) -> Iterable[EnsembleMember]:
    for role, ref in parsing.pairs(option, given).items():
        yield EnsembleMember(role=role, version=ref, soft=soft)


def _from_file(path: Path) -> Ensemble:
    message = read(_OPTION, path, ensemble_pb2.EnsembleSpec())
    try:
        return ensemble_from_file(message)
    except MalformedReply as error:  # replies and files have the same checks
        problem = error.message.removeprefix(REPLY_HAS)
        raise parsing.wrong(_OPTION, f"{path} has {problem}") from error
