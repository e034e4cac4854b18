"""Outcomes of calls of MLflow's client, in a form that two stores can be compared by."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList
from typing_extensions import override

_DRIVER: Final = re.compile(r"(?<=already exists\. Error: ).*", re.DOTALL)
"""The error of the database driver or of the registry, which a message passes on."""


@dataclass(frozen=True)
class Outcome:
    """What a call returned, or the error that it raised."""

    value: object = None
    code: str = ""
    message: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else repr(self.value)


def outcome(call: Callable[[], object]) -> Outcome:
    """Make a call; only MLflow's own errors are outcomes, others are bugs."""
    try:
        return Outcome(comparable(call()))
    except MlflowException as error:
        return Outcome(code=error.error_code, message=_DRIVER.sub("…", error.message))


def walked(search: Callable[..., PagedList[Any]], most: int, **asked: object) -> object:
    """Return the pages of a search by their tokens: a list of lists, at most eight."""
    pages: list[object] = []
    token = None
    for _ in range(8):
        page = search(max_results=most, page_token=token, **asked)
        pages.append(comparable(page))
        token = page.token
        if not token:
            break
    return pages


def comparable(value: object) -> object:
    """Return a value without times and callers; empty text is the same as none."""
    if isinstance(value, ModelVersion):
        return _version(value)
    if isinstance(value, RegisteredModel):
        return _model(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [comparable(each) for each in value]
    if type(value).__name__ in {"Prompt", "PromptVersion"}:
        return _prompt(value)
    return value


def _version(version: ModelVersion) -> dict[str, object]:
    return {
        "name": version.name,
        "version": version.version,
        "type of version": type(version.version).__name__,
        "description": version.description or None,
        "current_stage": version.current_stage,
        "source": version.source,
        "run_id": version.run_id or None,
        "run_link": version.run_link or None,
        "status": version.status,
        "status_message": version.status_message,
        "tags": dict(version.tags),
        "aliases": sorted(version.aliases),
    }


def _model(model: RegisteredModel) -> dict[str, object]:
    # MLflow promises no order of these; its SQL store returns them as its database does.
    latest = [_version(each) for each in model.latest_versions]
    return {
        "name": model.name,
        "description": model.description or None,
        "tags": dict(model.tags),
        "aliases": dict(model.aliases),
        "latest_versions": sorted(latest, key=lambda each: str(each["version"])),
    }


_PROMPT_FIELDS: Final = (
    *("name", "version", "description", "template", "commit_message", "variables"),
    *("is_text_prompt", "response_format", "tags", "aliases"),
)


def _prompt(prompt: object) -> dict[str, object]:
    found = {}
    for field in _PROMPT_FIELDS:
        value = getattr(prompt, field, None)
        found[field] = sorted(value) if isinstance(value, (set, frozenset)) else value
    for text in ("description", "commit_message"):
        found[text] = found[text] or None
    return found
