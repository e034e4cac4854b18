"""Versions: create, read, change and delete them."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.store.artifact.utils.models import _parse_model_uri
from mlflow.utils.validation import _validate_model_name, _validate_model_version_tag
from typing_extensions import override

from modelregistry.progress import Quiet
from modelregistry.types import Source, Version, VersionRecord
from modelregistry_mlflow import allowed_folders, model_facts, run_facts, source
from modelregistry_mlflow.base import StoreBase, annotations
from modelregistry_mlflow.entities import model_version
from modelregistry_mlflow.errors import translated
from modelregistry_mlflow.source import Origin, shown
from modelregistry_mlflow.uri import SCHEMES, VersionUri, parse_files

_LOG: Final = logging.getLogger(__name__)
_FOREIGN: Final = "mlflow server reads its own artifact storage only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a caller of `create_model_version` states, apart from the bytes."""

    name: str
    source: str
    run_id: str
    run_link: str
    description: str
    tags: Mapping[str, str]


class ModelVersions(StoreBase):
    """The methods of MLflow's store for versions."""

    @override
    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Iterable[Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        local_model_path: str | None = None,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Send the bytes of a model to the registry, and register them as the next version.

        The bytes are those at `local_model_path`, otherwise those at `source`. A folder of this
        machine that a tracking server may have chosen, since the version is of a run or a model of
        it, is read below the folders of MODELREG_ARTIFACT_ROOTS only. A source that cannot be read
        is registered by reference, unless the registry URI has `reference=refuse`. The version has
        the metrics and parameters of the run, the signature and the environment.
        """
        _validate_model_name(name)
        for tag in tags or ():
            _validate_model_version_tag(tag.key, tag.value)
        if not source:
            message = "Parameter 'source' must be the address of the model's files"
            raise MlflowException.invalid_parameter_value(message)
        facts = _Facts(
            name=name,
            source=source,
            run_id=run_id or "",
            run_link=run_link or "",
            description=description or "",
            tags=annotations(tags),
        )
        self._read_model(name)
        with translated(name=name):
            created = self._create(facts, local_model_path, model_id or "")
        return model_version(created)

    @override
    def update_model_version(
        self, name: str, version: int | str, description: str | None = None
    ) -> ModelVersion:
        """Change the description."""
        found = self._read_version(name, version)
        with translated(name=name, version=version):
            changed = self._registry.update_version(found, description=description or "")
        return model_version(changed)

    @override
    def delete_model_version(self, name: str, version: int | str) -> None:
        """Delete a version, also one that aliases point at, with these aliases."""
        found = self._read_version(name, version)
        with translated(name=name, version=version):
            self._registry.delete_version(found, force=True)

    @override
    def get_model_version(self, name: str, version: int | str) -> ModelVersion:
        """Read a version."""
        return model_version(self._read_version(name, version))

    @override
    def get_model_version_download_uri(self, name: str, version: int | str) -> str:
        """Return where the bytes are: in the registry, or by reference at their source."""
        found = self._read_version(name, version)
        if found.by_reference:
            return found.source.uri if found.source else ""
        return VersionUri(registry=self._uri, model=name, number=found.number).text

    @override
    def _await_model_version_creation(self, mv: ModelVersion, await_creation_for: int) -> None:
        """Return at once: a version exists when all its bytes do."""

    def _create(self, facts: _Facts, local: str | None, model_id: str) -> Version:
        if (copied := self._registered(facts.source)) is not None:
            return self._copied(facts, *copied)
        if facts.tags.get(IS_PROMPT_TAG_KEY) == "true":
            with source.prompt_file(facts.tags) as path:
                return self._push(facts, path, Origin(facts.source, facts.run_id))
        origin = source.resolve(facts.source, model_id, facts.run_id, self._tracking_uri)
        if local:
            return self._push(facts, Path(local), origin)
        if origin.is_foreign:
            return self._by_reference(facts, origin, _FOREIGN)
        allowed = None
        if source.is_named_by_server(origin, self._tracking_uri):
            allowed = allowed_folders.from_environment()
        with source.folder(origin.uri, self._tracking_uri, allowed) as files:
            if files.path is None:
                hint = "" if allowed is None else f" ({allowed_folders.VARIABLE} allows folders)"
                return self._by_reference(facts, origin, files.problem + hint)
            return self._push(facts, files.path, origin)

    def _push(self, facts: _Facts, path: Path, origin: Origin) -> Version:
        known = run_facts.read(origin.run_id, origin.model_id, self._tracking_uri)
        return self._registry.push(
            self._model_name(facts.name),
            path,
            description=facts.description,
            annotations=facts.tags,
            metrics=known.metrics,
            params=known.params,
            signature=model_facts.signature(path),
            environment=model_facts.environment(path),
            source=_source(facts, origin),
            create_model=False,
            progress=Quiet(),
        )

    def _by_reference(self, facts: _Facts, origin: Origin, problem: str) -> Version:
        if not self._uri.by_reference:
            message = (
                f"The files at {shown(facts.source)} cannot be read here ({problem}), and the "
                "registry URI has reference=refuse: register the model from a place that this "
                "process can read"
            )
            raise MlflowException.invalid_parameter_value(message)
        _LOG.warning(
            "%s is registered by reference: the registry has its record, not its files. They stay "
            "at %s, and the registry cannot keep them from changing. They cannot be read here: %s",
            facts.name,
            shown(facts.source),
            problem,
        )
        known = run_facts.read(origin.run_id, origin.model_id, self._tracking_uri)
        record = VersionRecord(
            description=facts.description,
            annotations=facts.tags,
            metrics=known.metrics,
            params=known.params,
            source=_source(facts, origin),
            by_reference=True,
        )
        return self._registry.register(self._model_name(facts.name), (), record, create_model=False)

    def _registered(self, uri: str) -> tuple[str, int | str] | None:
        """Return the model and number of a registered version, None for any other address."""
        scheme = urlsplit(uri).scheme
        if scheme in SCHEMES:
            return self._own(uri)
        if scheme != "models":
            return None
        parsed = _parse_model_uri(uri)
        if not parsed.name:
            return None
        if parsed.version:
            return parsed.name, parsed.version
        if parsed.alias:
            return parsed.name, self.get_model_version_by_alias(parsed.name, parsed.alias).version
        stages = [parsed.stage] if parsed.stage else None
        latest = self.get_latest_versions(parsed.name, stages)
        if not latest:
            message = f"Unable to fetch model from model URI source artifact location '{uri}'."
            raise MlflowException(message, RESOURCE_DOES_NOT_EXIST)
        return parsed.name, max(int(each.version) for each in latest)

    def _own(self, uri: str) -> tuple[str, int] | None:
        """Return the version of this namespace at an address of the registry."""
        files, own = parse_files(uri), self._uri
        is_here = (files.registry.target, files.registry.namespace) == (own.target, own.namespace)
        return (files.model, int(files.path)) if is_here and files.path.isdigit() else None

    def _copied(self, facts: _Facts, name: str, number: int | str) -> Version:
        """Copy a registered version: it shares the bytes and keeps the record."""
        found = self._read_version(name, number)
        target = self._model_name(facts.name)
        copied = self._registry.copy_version(found, target, create_model=False)
        if copied.annotations == facts.tags and facts.description in {"", copied.description}:
            return copied
        # MLflow's copies have the tags that the caller gives, and no others.
        return self._registry.update_version(
            copied,
            description=facts.description or None,
            annotations={**dict.fromkeys(copied.annotations), **facts.tags},
        )


def _source(facts: _Facts, origin: Origin) -> Source:
    return Source(uri=facts.source, run_id=origin.run_id, run_link=facts.run_link)
