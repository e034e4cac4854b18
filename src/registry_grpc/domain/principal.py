"""Principals, their roles and access tokens. `services.authorizer` decides what a role allows."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Literal


class Permission(StrEnum):
    """What a method can demand, as declared in the contract."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    ADMIN = "admin"


class Role(Enum):
    """What a principal is; its value is (name, permissions)."""

    READER = ("reader", frozenset({Permission.READ}))
    APPROVER = ("approver", frozenset({Permission.READ, Permission.APPROVE}))
    WRITER = ("writer", frozenset({Permission.READ, Permission.WRITE, Permission.APPROVE}))
    ADMIN = ("admin", frozenset(Permission))

    @property
    def label(self) -> str:
        """The name people use."""
        return self.value[0]

    @property
    def permissions(self) -> frozenset[Permission]:
        """The permissions that the role includes."""
        return self.value[1]

    @classmethod
    def parse(cls, text: str) -> "Role":
        """Read a role by its name; raise ValueError otherwise."""
        for role in cls:
            if role.label == text:
                return role
        message = f"a role is reader, approver, writer or admin: {text[:80]!r}"
        raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller who is known. source: how: by token, or trusted because the server is local."""

    name: str
    role: Role
    source: Literal["token", "loopback"] = "token"


class TokenAction(StrEnum):
    """What the log calls changes of tokens, which it records without their state."""

    CREATE = "token.create"
    REVOKE = "token.revoke"
    USE = "token.use"


@dataclass(frozen=True, slots=True)
class Token:
    """An access token as stored: everything but the secret. use_time: its first use on a day."""

    id: str
    principal: str
    role: Role
    create_time: datetime
    expire_time: datetime | None = None
    revoke_time: datetime | None = None
    use_time: datetime | None = None

    def active(self, now: datetime) -> bool:
        """Whether it may be used at `now`."""
        return self.revoke_time is None and (self.expire_time is None or now < self.expire_time)
