"""Use cases of evaluations."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import EvaluationNotFound, LimitExceeded
from registry_grpc.domain.evaluation import (
    Evaluation,
    EvaluationAction,
    EvaluationDraft,
    evaluation_digest,
)
from registry_grpc.domain.history import Position
from registry_grpc.domain.names import EvaluationName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.services.listing import Listed, listed, number_of
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_revision

_MOST = 1_000


class Evaluations:
    """Submit and read what was measured on versions."""

    def __init__(self, database: Database, mutations: Mutations, ids: Ids) -> None:
        self._database = database
        self._mutations = mutations
        self._ids = ids

    def submit(
        self, call: Mutation[Evaluation], target: Reference, draft: EvaluationDraft
    ) -> Done[Evaluation]:
        """Record an evaluation, of what was checked.

        Raises as `find_version`, VersionDeleted, VersionRevoked or LimitExceeded.
        """
        # Takes long with many slices: not in the transaction, which others wait for.
        digest = evaluation_digest(draft)

        def act(tx: Transaction) -> Evaluation:
            version = find_version(tx, target, full=False)
            version.require_usable()
            count = tx.evaluations.count(version)
            if count >= _MOST:
                raise LimitExceeded("evaluations of a version", _MOST, count + 1)
            evaluation = Evaluation(
                name=version.name.evaluation(self._ids()),
                draft=draft,
                slice_count=len(draft.slices),
                digest=digest,
                creator=call.actor.name,
                create_time=tx.time,
                revision=tx.revision,
            )
            tx.evaluations.add(version, evaluation)
            action, name = EvaluationAction.SUBMIT, str(evaluation.name)
            tx.record([Change(action, name, call.actor.name, None, evaluation)])
            return evaluation

        return self._mutations.change(call, act)

    def get(self, name: EvaluationName, seen: Position) -> Evaluation:
        """Return it with its slices; raises as `find_version`, or EvaluationNotFound."""
        reference = Reference(name.version.parent, ByNumber(name.version.number))
        with self._database.read() as tx:
            require_revision(tx, seen)
            found = tx.evaluations.get(find_version(tx, reference, full=False), name.uuid)
        if found is None:
            raise EvaluationNotFound(str(name))
        return found

    def list(
        self,
        query: Query,
        page: Page,
        parent: Reference,
        seen: Position,
    ) -> Listed[Evaluation]:
        """Return a page of a version's, newest first, without slices; raises as `find_version`.

        The key is (version number, revision): a name that moves meanwhile does not mix versions.
        """
        if page.after is not None:
            parent = replace(parent, selector=ByNumber(int(page.after[0])))
        with self._database.read() as tx:
            require_revision(tx, seen)
            version = find_version(tx, parent, full=False)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.evaluations.page(version, number_of(after, 1), limit),
                lambda row: (version.name.number, row.revision),
            )
