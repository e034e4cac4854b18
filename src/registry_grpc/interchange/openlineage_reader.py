"""Reader of OpenLineage run events (spec 2-0-2): runs, datasets, versions and code.

It reads the parts that the lineage graph represents. The rest stays in the stored text of the
event.
"""

import json
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from registry_grpc.domain.dataset import DIGEST_BYTES, check_dataset, check_no_password
from registry_grpc.domain.json_text import MAX_DEPTH, finite, levels
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.lineage import USES, Code, Dataset, EdgeRole, Run
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.run_event import EventInput, RunEvent
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import current_work
from registry_grpc.interchange.openlineage_names import (
    DATASET_FACET,
    RUN_FACET,
    VERSIONS,
    digest_of,
    uri_of,
)

EVENT_BYTES = 1_024 * 1_024
MOST_DATASETS = 1_000
TYPES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
_NAME_BYTES = 4_096
# The measured maximum: nested lists, whose text is mostly brackets.
_UNITS_OF_A_CHARACTER = 0.25

_Json = dict[str, object]


def read_event(found: Violations, field: str, text: str) -> RunEvent | None:
    """Parse a RunEvent in JSON; add all violations, and return None if there are any."""
    notes = _Notes(found)
    event = notes.parsed(field, text)
    if event is None:
        return None
    run, job = notes.part(event, field, "run"), notes.part(event, field, "job")
    notes.text(event, field, "producer")
    notes.text(event, field, "schemaURL")
    read = RunEvent(
        text=json.dumps(event, sort_keys=True, separators=(",", ":")),
        type=notes.type(event, field),
        time=notes.time(event, field),
        run=_run(notes, run, f"{field}.run"),
        job_namespace=notes.text(job, f"{field}.job", "namespace"),
        job_name=notes.text(job, f"{field}.job", "name"),
        code=_code(notes, job, f"{field}.job"),
        inputs=tuple(_input(notes, *each) for each in notes.each(event, field, "inputs")),
        outputs=tuple(_data(notes, *each)[0] for each in notes.each(event, field, "outputs")),
    )
    return None if notes.wrong else read


class _Notes:
    """Reads members of JSON objects; a wrong one is noted and replaced by a default."""

    def __init__(self, found: Violations) -> None:
        self._found = found
        self.wrong = False

    @property
    def found(self) -> Violations:
        """The violations, for checks in other modules."""
        return self._found

    def add(self, path: str, problem: str) -> None:
        self.wrong = True
        self._found.add(path, problem)

    def parsed(self, field: str, text: str) -> _Json | None:
        if len(text.encode()) > EVENT_BYTES:
            self.add(field, f"at most {EVENT_BYTES:,} bytes of UTF-8")
            return None
        current_work().take(len(text) * _UNITS_OF_A_CHARACTER)
        check_no_password(self._found, field, text)
        try:
            event = json.loads(text, parse_constant=_no_number, parse_float=finite)
        except (ValueError, RecursionError) as error:
            self.add(field, f"is not JSON: {error}")
            return None
        if levels(event) > MAX_DEPTH:
            self.add(field, f"more than {MAX_DEPTH} levels of arrays and objects")
            return None
        if isinstance(event, dict):
            return event
        self.add(field, "must be the object of one event")
        return None

    def part(self, parent: _Json, path: str, key: str) -> _Json:
        value = parent.get(key)
        if isinstance(value, dict):
            return value
        self.add(f"{path}.{key}", "is required, as an object")
        return {}

    def facets(self, parent: _Json, path: str) -> dict[str, _Json]:
        value = parent.get("facets") or {}
        if isinstance(value, dict) and all(isinstance(facet, dict) for facet in value.values()):
            return value
        self.add(f"{path}.facets", "must be an object of objects")
        return {}

    def each(self, event: _Json, path: str, key: str) -> list[tuple[_Json, str]]:
        value = event.get(key) or []
        if not isinstance(value, list) or len(value) > MOST_DATASETS:
            self.add(f"{path}.{key}", f"must be an array of at most {MOST_DATASETS:,} data sets")
            return []
        places = [(item, f"{path}.{key}[{index}]") for index, item in enumerate(value)]
        for item, place in places:
            if not isinstance(item, dict):
                self.add(place, "must be an object")
        return [(cast("_Json", item), place) for item, place in places if isinstance(item, dict)]

    def text(self, parent: _Json, path: str, key: str) -> str:
        value = parent.get(key)
        if not isinstance(value, str) or not value:
            self.add(f"{path}.{key}", "is required, as a text")
            return ""
        return self.storable(f"{path}.{key}", value)

    def optional(self, parent: _Json, path: str, key: str) -> str:
        return self.text(parent, path, key) if parent.get(key) else ""

    def storable(self, path: str, value: str) -> str:
        if any("\ud800" <= char <= "\udfff" for char in value):
            self.add(path, "has an unpaired surrogate")
            return ""
        check_text(self._found, path, value, _NAME_BYTES)
        return value

    def type(self, event: _Json, path: str) -> str:
        value = event.get("eventType", "OTHER")
        if value in TYPES:
            return str(value)
        self.add(f"{path}.eventType", f"must be one of {', '.join(TYPES)}")
        return "OTHER"

    def time(self, event: _Json, path: str) -> datetime:
        text = self.text(event, path, "eventTime")
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        if text:
            self.add(f"{path}.eventTime", "must be a time with a zone: 2026-05-03T12:00:00Z")
        return datetime.min.replace(tzinfo=UTC)

    def uuid(self, parent: _Json, path: str, key: str) -> str:
        text = self.text(parent, path, key)
        try:
            return str(UUID(text))
        except ValueError:
            if text:
                self.add(f"{path}.{key}", "must be a UUID")
            return ""


def _no_number(name: str) -> float:
    message = f"{name} is not a JSON number"
    raise ValueError(message)


def _run(notes: _Notes, run: _Json, path: str) -> Run:
    facet = notes.facets(run, path).get(RUN_FACET, {})
    uuid = notes.uuid(run, path, "runId")
    return Run(notes.optional(facet, f"{path}.facets.{RUN_FACET}", "id") or uuid)


def _code(notes: _Notes, job: _Json, path: str) -> Code | None:
    facet = notes.facets(job, path).get("sourceCodeLocation", {})
    place = f"{path}.facets.sourceCodeLocation"
    commit = notes.optional(facet, place, "version")
    key = "repoUrl" if facet.get("repoUrl") else "url"
    repository = notes.optional(facet, place, key)
    check_no_password(notes.found, f"{place}.{key}", repository)
    check_text(notes.found, f"{place}.version", commit, DIGEST_BYTES)
    # Without a version it does not identify code: it stays in the event.
    return Code(repository, commit) if commit else None


def _input(notes: _Notes, item: _Json, path: str) -> EventInput:
    data, role = _data(notes, item, path)
    if isinstance(data, VersionName):
        return EventInput(data, EdgeRole.DERIVED_FROM)
    return EventInput(data, role)


def _data(notes: _Notes, item: _Json, path: str) -> tuple[Dataset | VersionName, EdgeRole]:
    namespace, name = notes.text(item, path, "namespace"), notes.text(item, path, "name")
    facets = notes.facets(item, path)
    if namespace == VERSIONS:
        version = notes.found.parse(f"{path}.name", VersionName.parse, name)
        notes.wrong |= version is None
        return version or Dataset(""), EdgeRole.DERIVED_FROM
    facet, place = facets.get(DATASET_FACET, {}), f"{path}.facets.{DATASET_FACET}"
    uri = notes.optional(facet, place, "uri") or uri_of(namespace, name)
    digest = notes.optional(facet, place, "digest") or _pin(notes, facets, path)
    check_dataset(notes.found, f"{path}.name", uri, f"{path}.facets.version", digest)
    role = notes.optional(facet, place, "role") or EdgeRole.TRAINED_ON.value
    if role not in {each.value for each in USES}:
        notes.add(f"{place}.role", f"must be one of {', '.join(each.value for each in USES)}")
        role = EdgeRole.TRAINED_ON.value
    return Dataset(uri, digest), EdgeRole(role)


def _pin(notes: _Notes, facets: dict[str, _Json], path: str) -> str:
    version = notes.optional(facets.get("version", {}), f"{path}.facets.version", "datasetVersion")
    return digest_of(version)
