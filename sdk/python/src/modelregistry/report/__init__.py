"""Reports written down: a model card of everything known of a version, in several formats.

    from modelregistry import Client, report

    with Client() as registry:
        known = registry.report("fraud/7")
    Path("fraud-7.html").write_text(report.html(known), encoding="utf-8")

The same facts give the same text, to the byte: times are those of the record.
"""

from modelregistry.report.bom import cyclonedx
from modelregistry.report.html_page import html
from modelregistry.report.markdown_page import markdown

__all__ = ["cyclonedx", "html", "markdown"]
