"""Registration schemas in JSON files, in the format of `schema show --as-file`.

`json_schema` may be the schema itself instead of its text.
"""

import json
from dataclasses import fields
from pathlib import Path
from typing import Final

from modelregistry._convert.checked import malformed
from modelregistry.cli.json_files import Fields, load
from modelregistry.cli.parsing import role, wrong
from modelregistry.types import DatasetRole, RegistrationSchema, RequiredFacts

_WRITTEN: Final = ("json_schema", "check_formats", "required")
"""The fields that users set."""
_SHOWN: Final = (
    *("name", "number", "etag", "updater", "update_time"),
    *("revision", "history_id", "failures"),
)
"""Further fields of `schema show --json` and `schema set --json`, which are ignored."""
_LISTS: Final = ("files", "labels", "tags", "metrics", "slices")
_FLAGS: Final = ("clean_commit", "environment_lock", "signature", "stored_bytes")


def read(path: Path) -> RegistrationSchema:
    """Return the schema in a file; a usage error names the position of anything else."""
    found = load("FILE", path)
    try:
        said = Fields(found, *_WRITTEN, *_SHOWN)
        return RegistrationSchema(
            json_schema=_text(said.part("json_schema")),
            check_formats=said.flag("check_formats"),
            required=_required(said.part("required")),
        )
    except ValueError as error:
        raise wrong("FILE", f"{path}: {error}") from error


def parsed(json_schema: str) -> object:
    """Return the JSON schema of a reply; MalformedReply when it is not JSON."""
    try:
        return json.loads(json_schema)
    except (ValueError, RecursionError) as error:
        raise malformed("json_schema", json_schema, "not JSON that can be read") from error


def text(schema: RegistrationSchema) -> str:
    """Return a schema in the file format, without empty fields."""
    required = {
        field.name: value
        for field in fields(schema.required)
        if (value := getattr(schema.required, field.name))
    }
    if schema.required.pinned_inputs:
        named = (getattr(item, "name", str(item)).lower() for item in required["pinned_inputs"])
        required["pinned_inputs"] = tuple(named)
    said: dict[str, object] = {}
    if schema.json_schema:  # `false` is a schema, too
        said["json_schema"] = parsed(schema.json_schema)
    if schema.check_formats:
        said["check_formats"] = True
    if required:
        said["required"] = required
    return json.dumps(said, indent=2, ensure_ascii=False)


def _text(found: object) -> str:
    if found is None or isinstance(found, str):
        return found or ""
    return json.dumps(found, ensure_ascii=False)


def _required(found: object) -> RequiredFacts:
    if found is None:
        return RequiredFacts()
    said = Fields(found, *_LISTS, *_FLAGS, "pinned_inputs")
    return RequiredFacts(
        files=said.texts("files"),
        labels=said.texts("labels"),
        tags=said.texts("tags"),
        metrics=said.texts("metrics"),
        slices=said.texts("slices"),
        pinned_inputs=_roles(said.texts("pinned_inputs")),
        clean_commit=said.flag("clean_commit"),
        environment_lock=said.flag("environment_lock"),
        signature=said.flag("signature"),
        stored_bytes=said.flag("stored_bytes"),
    )


def _roles(names: tuple[str, ...]) -> tuple[DatasetRole, ...]:
    return tuple(map(role, names))
