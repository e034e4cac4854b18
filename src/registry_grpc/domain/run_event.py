"""Run events: the facts of runs, datasets, versions and code, independent of the format."""

from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.lineage import Code, Dataset, EdgeRole, Run
from registry_grpc.domain.names import VersionName


@dataclass(frozen=True, slots=True)
class EventInput:
    """An input of the run, with its role."""

    data: Dataset | VersionName
    role: EdgeRole


@dataclass(frozen=True, slots=True)
class RunEvent:
    """The content of an event. text: the whole event as canonical JSON: sorted keys, ASCII."""

    text: str
    type: str
    time: datetime
    run: Run
    job_namespace: str
    job_name: str
    code: Code | None
    inputs: tuple[EventInput, ...]
    outputs: tuple[Dataset | VersionName, ...]
