"""What this machine finds by itself; nothing was asked of the registry."""

from modelregistry.errors.kinds import RegistryError


class LocalError(RegistryError):
    """Found on this machine, before or after the registry was asked."""


class FileChanged(LocalError):
    """A file changed while it was being pushed; no version was registered."""


class TargetRefused(LocalError):
    """`pull` will not replace this target; nothing was changed."""


class ConfigurationError(LocalError):
    """The client's options contradict each other or are unsafe."""


class ClientClosed(LocalError):
    """The client, or the resolver, was closed before this call or is not open yet."""


class TooStale(LocalError):
    """The registry has not stood behind a resolver's answer for longer than `max_stale`.

    `metadata` has `age` and `max_stale`, in seconds.
    """
