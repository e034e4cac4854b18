"""Names in OpenLineage of what the graph has: data sets by URI, digests, and our own facets."""

import re
from urllib.parse import quote, unquote

VERSIONS = "modelregistry"
"""The namespace in which data sets are versions."""
DATASET_FACET = "modelregistry_dataset"
"""The facet that says exactly which data set it is, and what it was used for."""
RUN_FACET = "modelregistry_run"
"""The facet of a run whose id is no UUID: its `id`."""
_DIGEST = re.compile(r"[a-z0-9][a-z0-9+._-]*:\S+")
_VERSION_PREFIX = "version:"


def digest_of(version: str) -> str:
    """Return what pins a data set of this `datasetVersion`: a digest as it is, or `version:…`."""
    if not version or _DIGEST.fullmatch(version):
        return version
    return _VERSION_PREFIX + quote(version, safe="/@+-._~")


def version_of_digest(digest: str) -> str:
    """Return the `datasetVersion` of what pins a data set: undoes `digest_of`."""
    if digest.startswith(_VERSION_PREFIX):
        return unquote(digest.removeprefix(_VERSION_PREFIX))
    return digest


def uri_of(namespace: str, name: str) -> str:
    """Return the URI of a data set of OpenLineage: namespace and name with `/` between."""
    if namespace == "file":
        return f"file://{name}" if name.startswith("/") else name
    return f"{namespace.rstrip('/')}/{name.lstrip('/')}"


def name_of_uri(uri: str) -> tuple[str, str]:
    """Return namespace and name of a data set, as OpenLineage names such places."""
    scheme, found, rest = uri.partition("://")
    if not found:
        return "file", uri
    authority, _, path = rest.partition("/")
    if scheme == "file":
        return "file", f"/{path}"
    return f"{scheme}://{authority}", path or "/"
