"""The errors of the registry and its client, one class each, in one tree.

    RegistryError
    ├── Invalid            the request itself is wrong, whatever the state
    ├── NotFound
    ├── AlreadyExists
    ├── Conflict           another caller changed it first: read again and decide
    ├── WrongState         the request is fine, the resource's state forbids it
    ├── OutOfRange
    ├── Corrupt            bytes are not what they should be
    │   └── ContentMismatch  found by this client: the bytes received are not those registered
    │       └── MalformedReply  nor what the contract says, or not what was asked for
    ├── Unauthenticated
    ├── PermissionDenied
    ├── Exhausted          a limit was reached; `retry_after` is set where waiting helps
    ├── Unavailable        try again later; nothing was changed
    │   └── CannotConnect    found by this client: there is no connection, for this reason
    ├── DeadlineExceeded   the time given to the call passed: the change may exist or not
    ├── NotImplementedYet
    ├── InternalError      a bug of the server; `metadata["incident_id"]` is in its log
    ├── Cancelled          the call was ended from this side
    ├── UnknownError
    │   └── CommitUnknown  the change exists or not: repeat it with the same request id
    └── LocalError         found on this machine; nothing was asked of the registry
        ├── FileChanged    a file changed while it was pushed
        ├── TargetRefused  `pull` does not replace this target
        ├── ConfigurationError
        ├── ClientClosed
        ├── FrameworkError  a model object could not be saved or loaded
        │   ├── FrameworkUnavailable  no adapter, or its framework is not installed
        │   ├── ModelDocumentInvalid  no MODEL.json, or a malformed or later one
        │   ├── ExampleFailed         the model fails on the example
        │   └── TrustRequired         loading would run code from the files
        ├── DriftUnavailable  a library that drift needs is not installed
        ├── ProfileInvalid    no PROFILE.json, or a malformed or later one
        └── TooStale       a resolver's answer is older than it may be

Below the kinds is one class for each reason of `modelregistry.v1.ErrorReason`, such as
ModelNotFound: see `modelregistry.errors.reasons`, which is generated from the contract. An error
with a reason that this release does not know has the class of its status code, so catch the wider
class for what you do not branch on. Errors of the local disk are OSError, as ever.
"""

from modelregistry.errors.kinds import *
from modelregistry.errors.local import *
from modelregistry.errors.reasons import *
