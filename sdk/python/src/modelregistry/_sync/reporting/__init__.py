# Generated from _async/reporting/__init__.py by scripts/generate_sync.py: never edit this.
"""Reporters: they report what this process serves, without disturbing it.

`api` has what users call, `instance` the task that reports, `shared` the instances of a client.
"""

from modelregistry._sync.reporting.api import Reporter, ReporterMethods

__all__ = ["Reporter", "ReporterMethods"]
