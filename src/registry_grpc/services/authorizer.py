"""The one place that decides what a principal may do, and where."""

from abc import ABC, abstractmethod

from typing_extensions import override

from registry_grpc.domain.errors import PermissionDenied
from registry_grpc.domain.principal import Permission, Principal
from registry_grpc.domain.scope import Scope


class Authorizer(ABC):
    """Decides from memory alone: it is asked on the event loop, for each warm lookup too."""

    @abstractmethod
    def permits(
        self, principal: Principal, permission: Permission, scope: Scope | None = None
    ) -> bool:
        """Whether the principal has the permission in this scope; None: in any scope at all.

        The latter is asked before the message of a call is read.
        """

    def require(
        self, principal: Principal, permission: Permission, scope: Scope | None = None
    ) -> None:
        """Raise PermissionDenied unless `permits`."""
        if not self.permits(principal, permission, scope):
            raise PermissionDenied(principal.name, principal.role.label, permission.value)


class RoleAuthorizer(Authorizer):
    """A principal has the permissions of its role, in every scope."""

    @override
    def permits(
        self, principal: Principal, permission: Permission, scope: Scope | None = None
    ) -> bool:
        return permission in principal.role.permissions
