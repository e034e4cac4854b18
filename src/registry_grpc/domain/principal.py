"""Principals, their roles and access tokens. `services.authorizer` decides what a role allows."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Literal


class Permission(StrEnum):
    """The permissions that methods require, as declared in the contract."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    ADMIN = "admin"
    REPORT = "report"


class Role(Enum):
    """The role of a principal; its value is (name, permissions)."""

    READER = ("reader", frozenset({Permission.READ}))
    REPORTER = ("reporter", frozenset({Permission.READ, Permission.REPORT}))
    APPROVER = ("approver", frozenset({Permission.READ, Permission.APPROVE}))
    WRITER = (
        "writer",
        frozenset({Permission.READ, Permission.WRITE, Permission.APPROVE, Permission.REPORT}),
    )
    ADMIN = ("admin", frozenset(Permission))

    @property
    def label(self) -> str:
        """The name in commands."""
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
        message = f"a role is reader, reporter, approver, writer or admin: {text[:80]!r}"
        raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. source: by token, or trusted because the server is local."""

    name: str
    role: Role
    source: Literal["token", "loopback"] = "token"


class TokenAction(StrEnum):
    """The actions of tokens in the log, which records them without their state."""

    CREATE = "token.create"
    REVOKE = "token.revoke"
    USE = "token.use"


@dataclass(frozen=True, slots=True)
class Token:
    """A stored access token, without the secret. use_time: its first use on a day."""

    id: str
    principal: str
    role: Role
    create_time: datetime
    expire_time: datetime | None = None
    revoke_time: datetime | None = None
    use_time: datetime | None = None

    def active(self, now: datetime) -> bool:
        """Whether it is valid at `now`."""
        return self.revoke_time is None and (self.expire_time is None or now < self.expire_time)
