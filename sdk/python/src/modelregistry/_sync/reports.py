# Generated from _async/reports.py by scripts/generate_sync.py: never edit this.
"""Reports: all facts about one version."""

from dataclasses import replace

from modelregistry import names
from modelregistry._convert.version_diff import ComparedVersion, compare
from modelregistry._sync.aliases import AliasMethods
from modelregistry._sync.changes import ChangeMethods
from modelregistry._sync.evaluations import EvaluationMethods
from modelregistry._sync.lineage import LineageMethods
from modelregistry._sync.models import ModelMethods
from modelregistry._sync.stages import StageMethods
from modelregistry._sync.transitions import TransitionMethods
from modelregistry._sync.versions import VersionMethods
from modelregistry._wire import reading
from modelregistry.errors import (
    BytesNotStored,
    HistoryChanged,
    RevisionCompacted,
    VersionDeleted,
    VersionRevoked,
)
from modelregistry.types import (
    AliasEntry,
    Attestation,
    ChangeEvent,
    Evaluation,
    FileEntry,
    Report,
    StageEntry,
    Transition,
    Version,
    VersionDiff,
)

_ATTEMPTS = 5
_PAGE = 1_000  # the most that the contract allows: the fewest calls

_LIFE = frozenset({"deprecate", "yank", "restore", "revoke", "delete"})


class ReportMethods(
    ModelMethods,
    AliasMethods,
    StageMethods,
    LineageMethods,
    TransitionMethods,
    EvaluationMethods,
    VersionMethods,
    ChangeMethods,
):
    """Reports."""

    def diff_versions(self, before: str | Version, after: str | Version) -> VersionDiff:
        """Compare two versions, also of different models.

        Metrics, metrics by slice, params, data, parents, code, environment and its packages, files,
        signature, tags, labels and annotations. Raises the errors of `get_version`.
        """
        with reading.bounded():
            return compare(self._compared(before), self._compared(after))

    def _compared(self, version: str | Version) -> ComparedVersion:
        found = self.get_version(version)
        try:
            files = list(self.list_files(found))
        except (BytesNotStored, VersionDeleted, VersionRevoked):
            files = None
        return ComparedVersion(found, files, (self.lineage(found, depth=1)).steps)

    def report(
        self,
        version: str | Version,
        *,
        against: str | Version | None = None,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Report:
        """Read all facts about a version; `modelregistry.report` renders them.

        It makes several reads, which reflect one moment: when the model, its lineage, the policies
        or the stages change meanwhile, it reads again. After five changes in a row it returns the
        last report, and `of_one_moment` is false. The stages of other versions in the lineage are
        those of the last read. The report has the state changes of the version, and the moves of
        deleted aliases, for as long as the audit trail is kept. `against` is a version to compare
        it with. Raises the errors of `get_version`,
        and MalformedReply when it takes more than 10,000 replies or 256 MiB.
        """
        first = self.get_version(version, min_revision=min_revision, history_id=history_id)
        model = names.model_of(first.name)
        attempts = 0
        while True:
            since, history = self._newest(model)
            with reading.bounded():
                found = self._read(version, model, max(min_revision, since))
            attempts += 1
            changed = self._has_changed(model, since, history)
            if changed and attempts < _ATTEMPTS:
                continue
            diff = self.diff_versions(against, found.version) if against else None
            return replace(found, against=diff, of_one_moment=not changed)

    def _newest(self, model: str) -> tuple[int, str]:
        """Return the revision that a first look reflects, and its history."""
        listed = self.list_changes(models=[model], newest_first=True, page_size=1)
        for page in listed.pages():
            return page.revision, page.history_id
        return 0, ""

    def _has_changed(self, model: str, since: int, history: str) -> bool:
        """Return whether any part of a report has a newer revision."""
        namespace = model.partition("/models/")[0]
        prefixes = [f"{namespace}/{part}" for part in ("lineage/", "policies/", "stageGraph")]
        listed = self.list_changes(
            models=[model],
            name_prefixes=prefixes,
            start_revision=since + 1,
            history_id=history,
            page_size=1,
        )
        try:
            for page in listed.pages():
                return bool(page.items)
        except (RevisionCompacted, HistoryChanged):
            return True  # the trail does not reach back far enough to exclude it
        return False

    def _read(self, version: str | Version, model: str, least: int) -> Report:
        found = self.get_version(version, min_revision=least)
        return Report(
            version=found,
            model=self.get_model(model, min_revision=least),
            files=self._files(found, least),
            lineage=(self.lineage(found, depth=1, min_revision=least)).steps,
            evaluations=self._evaluations(found, least),
            attestations=self._attestations(found, least),
            transitions=self._transitions(found, model, least),
            stage_moves=self._stage_moves(found, model, least),
            alias_moves=self._alias_moves(found, model, least),
            life=self._life(found),
        )

    def _files(self, version: Version, least: int) -> tuple[FileEntry, ...]:
        listed = self.list_files(version, min_revision=least)
        try:
            found = list(listed)
        except (BytesNotStored, VersionDeleted, VersionRevoked):
            return ()
        return tuple(found)

    def _attestations(self, version: Version, least: int) -> tuple[Attestation, ...]:
        listed = self.attestations(version, page_size=_PAGE, min_revision=least)
        found = list(listed)
        return tuple(found)

    def _evaluations(self, version: Version, least: int) -> tuple[Evaluation, ...]:
        listed = list(self.evaluations(version, min_revision=least))
        return tuple(
            [
                self.get_evaluation(item, min_revision=item.revision) if item.slice_count else item
                for item in listed
            ]
        )

    def _transitions(self, version: Version, model: str, least: int) -> tuple[Transition, ...]:
        listed = self.transitions(model, page_size=_PAGE, min_revision=least)
        concerned = [item for item in listed if _concerns(item, version)]
        return tuple(
            [
                self.get_transition(item, min_revision=max(least, item.revision))
                for item in concerned
            ]
        )

    def _stage_moves(self, version: Version, model: str, least: int) -> tuple[StageEntry, ...]:
        listed = self.stage_history(model, page_size=_PAGE, min_revision=least)
        return tuple([move for move in listed if move.version == version.name])

    def _alias_moves(self, version: Version, model: str, least: int) -> tuple[AliasEntry, ...]:
        there = [alias.id for alias in self.list_aliases(model, min_revision=least)]
        removed = self.audit(models=[model], action="alias.delete", page_size=_PAGE)
        gone = [names.segment(event.name, "aliases") for event in removed]
        moves: list[AliasEntry] = []
        for alias in sorted({*there, *gone}):
            history = self.alias_history(model, alias, page_size=_PAGE, min_revision=least)
            moves += [move for move in history if _is_of(move, version)]
        return tuple(sorted(moves, key=lambda move: (-move.revision, move.name)))

    def _life(self, version: Version) -> tuple[ChangeEvent, ...]:
        # The prefix of version 7 matches version 70 too.
        events = self.audit(name_prefixes=[version.name], action="version.", page_size=_PAGE)
        found = [event for event in events if _is_life(event, version)]
        return tuple(found)


def _is_life(event: ChangeEvent, version: Version) -> bool:
    return event.name == version.name and event.action.removeprefix("version.") in _LIFE


def _is_of(move: AliasEntry, version: Version) -> bool:
    return version.name in {move.version, move.previous_version}


def _concerns(transition: Transition, version: Version) -> bool:
    return any(version.name in {move.version, move.previous_version} for move in transition.moves)
