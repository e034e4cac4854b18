"""The errors of the registry, one class each, in one tree.

The tree is by kind, which is what a caller can do: `kinds` has the root and the kinds, and every
other module the errors of one subject. The contract states the facts of each reason (status code,
metadata, hint, retries) as options of `modelregistry.v1.ErrorReason`; nothing here knows gRPC.
"""

from registry_grpc.domain.errors.availability import *
from registry_grpc.domain.errors.capacity import *
from registry_grpc.domain.errors.catalog import *
from registry_grpc.domain.errors.kinds import *
from registry_grpc.domain.errors.promotion import *
from registry_grpc.domain.errors.request import *
from registry_grpc.domain.errors.transfer import *
from registry_grpc.domain.errors.watch import *
