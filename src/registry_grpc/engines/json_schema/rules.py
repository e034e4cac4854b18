"""The implementation of the JSON Schema port, with a cache of compiled schemas."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from registry_grpc.domain.json_text import read
from registry_grpc.domain.work import current_work
from registry_grpc.engines.json_schema.check import JsonSchema
from registry_grpc.engines.json_schema.shape import first_problems
from registry_grpc.services.ports.json_schema import MAX_VIOLATIONS

_MOST_KEPT = 16
_MOST_PROBLEMS = 20


class JsonSchemaRules:
    """Implements `registry_grpc.services.ports.json_schema.JsonSchemas`."""

    def problems(self, text: str, *, check_formats: bool) -> Sequence[str]:
        """Return the problems of a schema's text; empty if it is valid."""
        if not text:
            return ()
        work = current_work()
        try:
            schema = read(text, work)
        except ValueError as error:
            return [f"cannot be read as JSON: {_clean(str(error))}"]
        found = first_problems(schema, work, _MOST_PROBLEMS, check_formats=check_formats)
        # A schema that refers to itself endlessly fails on an empty record too.
        return list(map(_clean, found)) or _endless(text, check_formats=check_formats)

    def violations(
        self, text: str, document: Mapping[str, object], *, check_formats: bool
    ) -> Sequence[str]:
        """Return the violations of a document, by a valid schema."""
        if not text:
            return ()
        schema = _compiled(text, check_formats=check_formats)
        return schema.violations(document, MAX_VIOLATIONS, current_work())


def _endless(text: str, *, check_formats: bool) -> Sequence[str]:
    work = current_work()
    schema = JsonSchema(text, work, check_formats=check_formats)
    return [said for said in schema.violations({}, MAX_VIOLATIONS, work) if "without end" in said]


@lru_cache(maxsize=_MOST_KEPT)
def _compiled(text: str, *, check_formats: bool) -> JsonSchema:
    return JsonSchema(text, current_work(), check_formats=check_formats)


def _clean(sentence: str) -> str:
    """Return a text without lone surrogates, of at most 300 characters."""
    return sentence.encode(errors="replace").decode()[:300]
