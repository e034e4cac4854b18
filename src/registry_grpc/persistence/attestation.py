"""Attestations in SQL: append-only."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, Index, Row, Table, func, insert, select

from registry_grpc.domain.attestation import Attestation, AttestationDraft
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.version import Version
from registry_grpc.persistence.columns import BYTEWISE, UID, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key

attestations = Table(
    "attestations",
    METADATA,
    key("uid", UID),
    column("version_uid", UID, "versions.uid"),
    column("revision", BigInteger()),
    column("time", Moment()),
    column("creator", BYTEWISE),
    column("predicate_type", BYTEWISE),
    column("payload_digest", Sha256()),
    column("signer", BYTEWISE),
    Index(None, "version_uid", "revision"),
)


class SqlAttestations:
    """Implements `registry_grpc.services.ports.evaluation.Attestations`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, version: Version, attestation: Attestation) -> None:
        """Store a new one."""
        self._connection.execute(
            insert(attestations),
            {
                "uid": attestation.name.uuid,
                "version_uid": version.uid,
                "revision": attestation.revision,
                "time": attestation.create_time,
                "creator": attestation.creator,
                "predicate_type": attestation.draft.predicate_type,
                "payload_digest": attestation.draft.payload_digest,
                "signer": attestation.draft.signer,
            },
        )

    def page(self, version: Version, before: int | None, limit: int) -> Sequence[Attestation]:
        """Return those of revisions below `before`, newest first."""
        statement = select(attestations).where(attestations.c.version_uid == version.uid)
        if before is not None:
            statement = statement.where(attestations.c.revision < before)
        order = (attestations.c.revision.desc(), attestations.c.uid.desc())
        rows = self._connection.execute(statement.order_by(*order).limit(limit))
        return [_attestation(version.name, row) for row in rows]

    def count(self, version: Version) -> int:
        """Return how many there are."""
        statement = select(func.count()).where(attestations.c.version_uid == version.uid)
        return self._connection.scalar(statement) or 0


def _attestation(version: VersionName, row: Row[*tuple[object, ...]]) -> Attestation:
    return Attestation(
        name=version.attestation(row.uid),
        draft=AttestationDraft(row.predicate_type, row.payload_digest, row.signer),
        creator=row.creator,
        create_time=row.time,
        revision=row.revision,
    )
