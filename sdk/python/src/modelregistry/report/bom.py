"""Reports as a bill of materials: CycloneDX 1.6 (ECMA-424) with a model card.

Values that the schema of a field does not allow, such as the address of a repository that is no
URI, are in `properties` instead, under names with the prefix `modelregistry:`.
"""

from collections.abc import Iterator
from importlib import metadata
from typing import Final

from modelregistry.report.bom_model import model_part
from modelregistry.report.bom_parts import (
    Part,
    dataset_part,
    image_part,
    package_part,
    python_part,
    timestamp,
)
from modelregistry.report.origin import datasets
from modelregistry.types import Environment, Report

_SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.6.schema.json"


def cyclonedx(report: Report) -> Part:
    """Return a report as a CycloneDX document for `json.dumps`.

    Every component has a `bom-ref` of its own, and every reference points at an existing one.
    """
    parts = {str(part["bom-ref"]): part for part in _parts(report)}
    serial = {"serialNumber": f"urn:uuid:{report.version.uid}"} if report.version.uid else {}
    return {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        **serial,
        "version": max(1, report.revision),
        "metadata": _metadata(report),
        "components": list(parts.values()),
        "dependencies": [
            {"ref": report.version.name, "dependsOn": list(parts)},
            *({"ref": ref} for ref in parts),
        ],
    }


def _metadata(report: Report) -> Part:
    tool = {
        "type": "application",
        "name": "modelregistry",
        "version": metadata.version("modelregistry"),
    }
    made = {"timestamp": timestamp(report.time)} if report.time else {}
    return {**made, "tools": {"components": [tool]}, "component": model_part(report)}


def _parts(report: Report) -> Iterator[Part]:
    """Yield the dependencies of the version: data and environment. A part may occur twice."""
    for _, data in datasets(report):
        yield dataset_part(data)
    if report.version.environment is not None:
        yield from _environment_parts(report.version.environment)


def _environment_parts(environment: Environment) -> Iterator[Part]:
    if environment.python_version:
        yield python_part(environment.python_version)
    if environment.image:
        yield image_part(environment.image)
    for package in sorted(environment.packages, key=lambda each: (each.name, each.version)):
        yield package_part(package)
