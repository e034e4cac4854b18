"""Formats of reports: a model card with everything that the registry knows about a version.

    from modelregistry import Client, report

    with Client() as registry:
        known = registry.report("fraud/7")
    Path("fraud-7.html").write_text(report.html(known), encoding="utf-8")

Equal facts give equal text, byte for byte: all times come from the record.
"""

from modelregistry.report.bom import cyclonedx
from modelregistry.report.html_page import html
from modelregistry.report.markdown_page import markdown

__all__ = ["cyclonedx", "html", "markdown"]
