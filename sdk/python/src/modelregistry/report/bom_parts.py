"""The parts of a bill of materials beside the model, each a component of CycloneDX."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from modelregistry.names import segment, short_ref
from modelregistry.types import DatasetInput, FileEntry, Package

Part = dict[str, object]

_ALGORITHMS: Final[Mapping[str, tuple[str, int]]] = {
    "md5": ("MD5", 32),
    "sha1": ("SHA-1", 40),
    "sha256": ("SHA-256", 64),
    "sha384": ("SHA-384", 96),
    "sha512": ("SHA-512", 128),
    "sha3-256": ("SHA3-256", 64),
    "sha3-384": ("SHA3-384", 96),
    "sha3-512": ("SHA3-512", 128),
    "blake3": ("BLAKE3", 64),
}
"""The name of a hash in CycloneDX, and its number of hexadecimal characters."""
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_MEDIA_TYPE: Final = re.compile(r"[-+a-z0-9.]+/[-+a-z0-9.]+")


def dataset_ref(data: DatasetInput) -> str:
    """Return the `bom-ref` of a dataset."""
    return f"dataset:{data.uri}#{data.digest}"


def dataset_part(data: DatasetInput) -> Part:
    """Return a dataset; a digest that CycloneDX does not know is in its properties."""
    return {
        "type": "data",
        "bom-ref": dataset_ref(data),
        "name": data.uri,
        **digests(data.digest),
        "data": [{"type": "dataset", "name": data.uri}],
    }


def package_part(package: Package) -> Part:
    """Return a Python package with its package URL."""
    # As the type `pypi` asks for: https://github.com/package-url/purl-spec.
    name = quote(package.name.lower().replace("_", "-"), safe="")
    purl = f"pkg:pypi/{name}@{quote(package.version, safe='')}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
    }


def python_part(version: str) -> Part:
    """Return the Python that the version was trained with."""
    return {
        "type": "platform",
        "bom-ref": f"python:{version}",
        "name": "python",
        "version": version,
    }


def image_part(image: str) -> Part:
    """Return a container image, given as `name@sha256:<hex>`."""
    name, _, digest = image.rpartition("@")
    return {
        "type": "container",
        "bom-ref": f"image:{image}",
        "name": name or image,
        **digests(digest if name else ""),
    }


def file_part(version: str, file: FileEntry) -> Part:
    """Return a file of the version with this full name."""
    typed = {"mime-type": file.media_type} if _MEDIA_TYPE.fullmatch(file.media_type) else {}
    return {
        "type": "file",
        "bom-ref": f"{version}/files/{file.path}",
        **typed,
        "name": file.path,
        **digests(file.digest),
        **properties([("size_bytes", str(file.size_bytes))]),
    }


def parent_part(name: str) -> Part:
    """Return a parent version, by its full name."""
    return {
        "type": "machine-learning-model",
        "bom-ref": name,
        "group": segment(name, "namespaces"),
        "name": segment(name, "models") or short_ref(name),
        "version": segment(name, "versions"),
    }


def digests(digest: str) -> Part:
    """Return `<algorithm>:<value>` as hashes, or as a property if CycloneDX does not know it."""
    algorithm, _, value = digest.partition(":")
    known, length = _ALGORITHMS.get(algorithm.lower(), ("", 0))
    if known and len(value) == length and _HEX.fullmatch(value):
        return {"hashes": [{"alg": known, "content": value.lower()}]}
    return properties([("digest", digest)])


def properties(rows: Iterable[tuple[str, str]]) -> Part:
    """Return the pairs with a value as `properties`; nothing if none has one."""
    said: Sequence[Part] = [
        {"name": f"modelregistry:{name}", "value": value} for name, value in rows if value
    ]
    return {"properties": said} if said else {}


def timestamp(time: datetime) -> str:
    """Return a time in RFC 3339."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
