"""Diagnoses a registry from outside, also while its server runs or its disk is full.

It creates nothing but a probe object, which it deletes, and prints no secret.
"""

from registry_grpc.app.doctor.certificates import certificate_checks
from registry_grpc.app.doctor.database import database_checks
from registry_grpc.app.doctor.finding import Check
from registry_grpc.app.doctor.machine import machine_checks
from registry_grpc.app.doctor.storage import storage_checks
from registry_grpc.config import Settings


def all_checks(settings: Settings) -> list[Check]:
    """Return every check of these settings, in the order of their dependencies."""
    return [
        *database_checks(settings),
        *storage_checks(settings),
        *machine_checks(settings),
        *certificate_checks(settings),
    ]
