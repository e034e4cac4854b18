"""CatalogService: its use cases and their handlers."""

from registry_grpc.app.core import Core
from registry_grpc.app.sources import clock, uuid7
from registry_grpc.services.alias import Aliases
from registry_grpc.services.blob_copying import BlobCopies
from registry_grpc.services.model import Models
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.purge import Purges
from registry_grpc.services.registration import Registrations
from registry_grpc.services.renaming import Renames
from registry_grpc.services.stage import Stages
from registry_grpc.services.staged_version import StagedVersions
from registry_grpc.services.version import Versions
from registry_grpc.services.version_copying import VersionCopies
from registry_grpc.transport.alias import AliasHandlers
from registry_grpc.transport.model import ModelHandlers
from registry_grpc.transport.namespace import NamespaceHandlers
from registry_grpc.transport.purge import PurgeHandlers
from registry_grpc.transport.registration import ReadLimits, RegistrationHandlers
from registry_grpc.transport.stage import StageHandlers
from registry_grpc.transport.version import VersionHandlers
from registry_grpc.transport.version_copying import VersionCopyHandlers


def catalog_handlers(core: Core, limits: ReadLimits, blobs: BlobCopies) -> tuple[object, ...]:
    """Return the handlers of CatalogService.

    limits: reads those of transfers in a namespace. blobs: copies them between namespaces.
    """
    database, mutations = core.database, core.mutations
    registrations = Registrations(database, mutations, uuid7, core.schemas)
    copies = VersionCopies(database, mutations, registrations, blobs, core.replies)
    return (
        NamespaceHandlers(Namespaces(database, mutations)),
        ModelHandlers(Models(database, mutations, uuid7, core.replies), Renames(mutations)),
        VersionHandlers(Versions(database, mutations, core.replies)),
        RegistrationHandlers(registrations, limits),
        VersionCopyHandlers(copies),
        PurgeHandlers(Purges(mutations)),
        AliasHandlers(Aliases(database, mutations)),
        StageHandlers(
            Stages(database, mutations, core.expressions), StagedVersions(database, clock)
        ),
    )
