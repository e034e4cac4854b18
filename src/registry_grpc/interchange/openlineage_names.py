"""OpenLineage names of datasets and digests, and the registry's own facets."""

import re
from urllib.parse import quote, unquote

VERSIONS = "modelregistry"
"""The dataset namespace of versions."""
DATASET_FACET = "modelregistry_dataset"
"""The facet with the exact URI, digest and role of a dataset."""
RUN_FACET = "modelregistry_run"
"""The facet of a run whose id is no UUID: its `id`."""
_DIGEST = re.compile(r"[a-z0-9][a-z0-9+._-]*:\S+")
_VERSION_PREFIX = "version:"


def digest_of(version: str) -> str:
    """Return the digest of a `datasetVersion`: a digest unchanged, or `version:…`."""
    if not version or _DIGEST.fullmatch(version):
        return version
    return _VERSION_PREFIX + quote(version, safe="/@+-._~")


def version_of_digest(digest: str) -> str:
    """Return the `datasetVersion` of a digest: the inverse of `digest_of`."""
    if digest.startswith(_VERSION_PREFIX):
        return unquote(digest.removeprefix(_VERSION_PREFIX))
    return digest


def uri_of(namespace: str, name: str) -> str:
    """Return the URI of an OpenLineage dataset: namespace and name joined by `/`."""
    if namespace == "file":
        return f"file://{name}" if name.startswith("/") else name
    return f"{namespace.rstrip('/')}/{name.lstrip('/')}"


def name_of_uri(uri: str) -> tuple[str, str]:
    """Return the OpenLineage namespace and name of a dataset."""
    scheme, found, rest = uri.partition("://")
    if not found:
        return "file", uri
    authority, _, path = rest.partition("/")
    if scheme == "file":
        return "file", f"/{path}"
    return f"{scheme}://{authority}", path or "/"
