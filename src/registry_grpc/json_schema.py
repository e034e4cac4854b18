"""JSON Schema, once somebody uses it: the library takes longer to load than all else together."""

from collections.abc import Mapping, Sequence

from registry_grpc.services.ports.json_schema import Verdict


class JsonSchemaLibrary:
    """Implements `registry_grpc.services.ports.json_schema.JsonSchemas`."""

    def problems(self, text: str, *, check_formats: bool) -> Sequence[str]:
        """Return what is wrong with the text of a schema; empty for nothing."""
        if not text:
            return ()
        # Most registries have no schema, and every process would wait for it at its start.
        from registry_grpc import json_schema_library as library  # noqa: PLC0415

        return library.problems(text, check_formats=check_formats)

    def verdict(self, text: str, document: Mapping[str, object], *, check_formats: bool) -> Verdict:
        """Check a document by a schema without problems."""
        if not text:
            return Verdict((), 0)
        from registry_grpc import json_schema_library as library  # noqa: PLC0415

        return library.verdict(text, document, check_formats=check_formats)
