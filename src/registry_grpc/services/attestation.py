"""Use cases of attestations."""

from dataclasses import replace

from registry_grpc.domain.attestation import Attestation, AttestationAction, AttestationDraft
from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.history import Position
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.services.listing import Listed, listed, number_of
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_revision

_MOST = 1_000


class Attestations:
    """Record and read what was stated about versions."""

    def __init__(self, database: Database, mutations: Mutations, ids: Ids) -> None:
        self._database = database
        self._mutations = mutations
        self._ids = ids

    def record(
        self, call: Mutation[Attestation], target: Reference, draft: AttestationDraft
    ) -> Done[Attestation]:
        """Record that a statement exists, with its checked fields; its signature is not verified.

        The same statement of the same caller is not recorded again: its record is returned.
        Raises as `find_version`, VersionDeleted, VersionRevoked or LimitExceeded.
        """

        def act(tx: Transaction) -> Attestation:
            version = find_version(tx, target, full=False)
            version.require_usable()
            for known in tx.attestations.page(version, None, _MOST):
                if (known.draft, known.creator) == (draft, call.actor.name):
                    return known
            count = tx.attestations.count(version)
            if count >= _MOST:
                raise LimitExceeded("attestations of a version", _MOST, count + 1)
            name = version.name.attestation(self._ids())
            attestation = Attestation(name, draft, call.actor.name, tx.time, tx.revision)
            tx.attestations.add(version, attestation)
            change = Change(AttestationAction.RECORD, str(name), call.actor.name, None, attestation)
            tx.record([change])
            return attestation

        return self._mutations.change(call, act)

    def list(
        self,
        query: Query,
        page: Page,
        parent: Reference,
        seen: Position,
    ) -> Listed[Attestation]:
        """Return a page of a version's, newest first; raises as `find_version`.

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
                lambda after, limit: tx.attestations.page(version, number_of(after, 1), limit),
                lambda row: (version.name.number, row.revision),
            )
