"""What a run event states of runs, data sets, versions and code, in whatever format it came."""

from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.lineage import Code, Dataset, EdgeRole, Run
from registry_grpc.domain.names import VersionName


@dataclass(frozen=True, slots=True)
class EventInput:
    """What the run used. role: what for."""

    data: Dataset | VersionName
    role: EdgeRole


@dataclass(frozen=True, slots=True)
class RunEvent:
    """What an event says. text: all of it, as JSON in one form: sorted keys, ASCII."""

    text: str
    type: str
    time: datetime
    run: Run
    job_namespace: str
    job_name: str
    code: Code | None
    inputs: tuple[EventInput, ...]
    outputs: tuple[Dataset | VersionName, ...]
