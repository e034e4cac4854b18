import pytest

from registry_grpc.domain.errors import PermissionDenied
from registry_grpc.domain.principal import Permission, Principal, Role
from registry_grpc.domain.scope import REGISTRY, Scope
from registry_grpc.services.authorizer import RoleAuthorizer

AUTHORIZER = RoleAuthorizer()
MAY = {
    Role.READER: {Permission.READ},
    Role.REPORTER: {Permission.READ, Permission.REPORT},
    Role.APPROVER: {Permission.READ, Permission.APPROVE},
    Role.WRITER: set(Permission) - {Permission.ADMIN},
    Role.ADMIN: set(Permission),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("scope", [None, REGISTRY, Scope("risk"), Scope("risk", "fraud")])
def test_a_role_includes_exactly_its_permissions_in_every_scope(
    role: Role, permission: Permission, scope: Scope | None
) -> None:
    principal = Principal("ci", role)
    if permission in MAY[role]:
        AUTHORIZER.require(principal, permission, scope)
        return
    with pytest.raises(PermissionDenied) as refusal:
        AUTHORIZER.require(principal, permission, scope)
    assert refusal.value.metadata == {
        "principal": "ci",
        "role": role.label,
        "permission": permission.value,
    }
    assert str(refusal.value).endswith(f"does not include '{permission.value}'")
