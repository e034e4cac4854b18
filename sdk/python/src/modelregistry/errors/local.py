"""Errors that this machine finds by itself."""

from modelregistry.errors.kinds import Corrupt, RegistryError, Unavailable

__all__ = [
    "CannotConnect",
    "ClientClosed",
    "ConfigurationError",
    "ContentMismatch",
    "DriftUnavailable",
    "ExampleFailed",
    "FileChanged",
    "FrameworkError",
    "FrameworkUnavailable",
    "LocalError",
    "MalformedReply",
    "ModelDocumentInvalid",
    "ProfileInvalid",
    "TargetRefused",
    "TooStale",
    "TrustRequired",
]


class LocalError(RegistryError):
    """Found on this machine, before or after the registry was called."""


class FileChanged(LocalError):
    """A file changed while it was being pushed; no version was registered."""

    hint = "push again when the files no longer change; nothing was registered"


class TargetRefused(LocalError):
    """`pull` does not replace this target; nothing was changed."""

    hint = "choose another target; nothing changed"


class ConfigurationError(LocalError):
    """The client's options contradict each other or are unsafe."""


class ClientClosed(LocalError):
    """The client or the resolver is closed, or is not open yet."""


class CannotConnect(Unavailable):
    """No connection to the registry was made, so nothing was sent; the message has the reason.

    `metadata["cause"]` is `refused`, `unknown_host`, `server_without_tls`, `server_with_tls`,
    `certificate`, `not_grpc` or `other`.
    """

    hint = "check the address (HOST:PORT)"


class TooStale(LocalError):
    """A resolver's answer was last confirmed by the registry more than `max_stale` ago.

    `metadata` has `age` and `max_stale`, in seconds.
    """

    hint = "wait until the registry can be reached, or allow a larger max_stale"


class FrameworkError(LocalError):
    """A model object could not be saved or loaded; the message has the reason.

    An error that the framework itself raised is `__cause__`.
    """


class FrameworkUnavailable(FrameworkError):
    """No adapter handles the model, or the adapter or its framework is not installed or broken."""


class ModelDocumentInvalid(FrameworkError):
    """The files have no `MODEL.json`, or one that is malformed or of a later schema."""


class ExampleFailed(FrameworkError):
    """The model failed on the example, or the example has an unsupported type; nothing was sent."""

    hint = "pass an example that the model accepts, or none; nothing was sent"


class TrustRequired(FrameworkError):
    """Loading the model runs code from its files, or could, and `trust=True` was not given."""

    hint = (
        "pass trust=True only if you trust all callers who can push to this model; "
        "nothing in the files was run"
    )


class DriftUnavailable(LocalError):
    """A library that `modelregistry.drift` needs is not installed or broken; the message says how.

    The error of its import is `__cause__`.
    """


class ProfileInvalid(LocalError):
    """The version has no `PROFILE.json`, or one that is malformed or of a later schema."""

    hint = "push the next version with profile= (modelreg push --profile-data)"


class ContentMismatch(Corrupt):
    """The received bytes are not those of the version; nothing was put in place."""

    hint = "pull again, or report it to the operators of the registry; the target is unchanged"


class MalformedReply(ContentMismatch):
    """The registry's reply breaks the contract or answers another request; it was discarded.

    `metadata` has `field`, where one field is at fault.
    """

    hint = "report it to the operators of the registry; the reply was discarded"
