"""Reporters: they report what this process serves, without disturbing it.

`api` has what users call, `instance` the task that reports, `shared` the instances of a client.
"""

from modelregistry._async.reporting.api import AsyncReporter, ReporterMethods

__all__ = ["AsyncReporter", "ReporterMethods"]
