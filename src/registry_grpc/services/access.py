"""Use cases of access: tokens, and the authentication of callers."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from threading import Lock

from registry_grpc.domain.change import Change
from registry_grpc.domain.characters import has_control_characters
from registry_grpc.domain.errors import TokenInvalid, TokenNotFound, TokenRequired
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.principal import Principal, Role, Token, TokenAction
from registry_grpc.domain.violations import Violations
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.secrets import Secrets

LOCAL = Principal("local", Role.ADMIN, "loopback")
OPERATOR = "operator"
"""The actor of token changes if the command line cannot determine the user."""
_PREFIX = "mrt_"
_MINUTES = "%Y-%m-%dT%H:%MZ"
_MAX_NAME_BYTES = 256
_MOST_KNOWN = 10_000  # far more than the usual number of valid tokens


def _hash(secret: str) -> bytes:
    # The secret has 256 random bits: a plain hash is safe against guessing, and fast to check.
    return hashlib.sha256(secret.encode()).digest()


def _change(action: TokenAction, token: Token, actor: str, reason: str) -> Change:
    """Return the facts of a token for the audit trail: without its secret and the hash."""
    return Change(action, f"namespaces/-/tokens/{token.id}", actor, None, None, reason)


class Tokens:
    """Create, list and revoke access tokens."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, secrets: Secrets) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._secrets = secrets

    def create(
        self, principal: str, role: Role, valid_for: timedelta | None, actor: str = OPERATOR
    ) -> tuple[Token, str]:
        """Store a new token and return it with its secret, which cannot be read again.

        actor: its creator, for the audit trail.
        Raises InvalidRequest for a bad name or a time that is not positive.
        """
        found = Violations()
        found.check(
            "principal", principal.strip() == principal != "", "is required, no outer spaces"
        )
        check_text(found, "principal", principal, _MAX_NAME_BYTES)
        is_text = not has_control_characters(principal)
        found.check("principal", is_text, "may not control text or terminals")
        found.check("valid_for", valid_for is None or valid_for > timedelta(), "must be positive")
        found.raise_if_any()
        now = self._clock()
        token = Token(
            id=self._ids().hex[-12:],
            principal=principal,
            role=role,
            create_time=now,
            expire_time=None if valid_for is None else now + valid_for,
        )
        secret = _PREFIX + self._secrets()
        until = "" if token.expire_time is None else f", until {token.expire_time:{_MINUTES}}"
        what = f"for {principal}, role {role.label}{until}"
        with self._database.change(self._clock) as tx:
            tx.tokens.add(token, _hash(secret))
            tx.record([_change(TokenAction.CREATE, token, actor, what)])
        return token, secret

    def list(self) -> Sequence[Token]:
        """Return all tokens, oldest first."""
        with self._database.read() as tx:
            return tx.tokens.all()

    def revoke(self, token_id: str, actor: str = OPERATOR) -> Token:
        """Revoke a token, again if need be; raises TokenNotFound."""
        now = self._clock()
        with self._database.change(self._clock, frees=True) as tx:
            token = tx.tokens.revoke(token_id, now)
            if token is None:
                raise TokenNotFound(token_id)
            if token.revoke_time == now:
                tx.record([_change(TokenAction.REVOKE, token, actor, f"of {token.principal}")])
        return token


class Authentication:
    """Identifies callers.

    Without any token in the database a server on loopback trusts every caller as `local`; from the
    first token on, and everywhere else always, a token is needed. A token is cached for `FRESH`
    seconds: a revoked one stops working within that time. (Reads that are answered from memory
    while the database is unavailable accept older ones: `last_cached`.)
    """

    # Less than the documented second: a call may begin 0.05 s after its caller was cached.
    FRESH = 0.9

    def __init__(
        self,
        database: Database,
        clock: Clock,
        elapsed: Callable[[], float],
        *,
        trust_loopback: bool,
        used: Callable[[Token], None] = lambda _: None,
        most_known: int = _MOST_KNOWN,
    ) -> None:
        """used: called with each token that was read and accepted; must not block.

        most_known: how many tokens are kept in memory.
        """
        self._database = database
        self._clock = clock
        self._elapsed = elapsed  # monotonic seconds
        self._trust_loopback = trust_loopback
        self._used = used
        self._open_until = self._closed_until = 0.0
        # The token that was read least recently is first. Reads from it take no lock.
        self._known: OrderedDict[bytes, tuple[float, Token, Principal]] = OrderedDict()
        self._most_known = most_known
        self._lock = Lock()

    def cached(self, secret: str | None) -> Principal | None:
        """Return the principal if its token is cached and fresh, else None. Never blocks."""
        now = self._elapsed()
        if secret is None:
            return LOCAL if now < self._open_until else None
        known = self._known.get(_hash(secret))
        if known is None or now >= known[0]:
            return None
        _, token, principal = known
        # A cached token was not revoked when it was read.
        expires = token.expire_time
        return principal if expires is None or self._clock() < expires else None

    def last_cached(self, secret: str | None) -> Principal | None:
        """Return the cached principal, however old, for use while the database is unavailable.

        An expired token is not accepted; one that was revoked meanwhile is.
        """
        if secret is None:
            return LOCAL if self._open_until else None
        known = self._known.get(_hash(secret))
        if known is None:
            return None
        _, token, principal = known
        return principal if token.active(self._clock()) else None

    def require_secret(self, secret: str | None) -> None:
        """Raise TokenRequired without a token if one is known to be required. Never blocks."""
        if secret is None and (not self._trust_loopback or self._elapsed() < self._closed_until):
            raise TokenRequired

    def authenticate(self, secret: str | None) -> Principal:
        """Return the principal of a caller; raises TokenRequired or TokenInvalid."""
        if known := self.cached(secret):
            return known
        until = self._elapsed() + self.FRESH
        with self._database.read() as tx:
            if secret is None:
                if self._trust_loopback and not tx.tokens.exist():
                    self._open_until = until
                    return LOCAL
                self._open_until, self._closed_until = 0.0, until
                raise TokenRequired
            token = tx.tokens.find(_hash(secret))
        if token is None or not token.active(self._clock()):
            with self._lock:
                self._known.pop(_hash(secret), None)
            raise TokenInvalid
        return self._remember(_hash(secret), until, token)

    def _remember(self, key: bytes, until: float, token: Token) -> Principal:
        principal = Principal(token.principal, token.role)
        with self._lock:
            self._known[key] = (until, token, principal)
            self._known.move_to_end(key)
            if len(self._known) > self._most_known:
                self._known.popitem(last=False)
        self._used(token)
        return principal


class TokenUses:
    """Records the first use of each token on each day (UTC) in the audit trail, asynchronously."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._days: OrderedDict[str, date] = OrderedDict()  # least recently used first
        self._waiting: dict[str, Token] = {}
        self._lock = Lock()

    def note(self, token: Token) -> None:
        """Queue a use for recording if it is the first one today in this process."""
        today = self._clock().date()
        with self._lock:
            if self._days.get(token.id) != today:
                self._waiting[token.id] = token
            self._days[token.id] = today
            self._days.move_to_end(token.id)
            if len(self._days) > _MOST_KNOWN:
                self._days.popitem(last=False)

    def record(self) -> None:
        """Record queued uses; failed ones stay queued. Raises DatabaseUnavailable."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        try:
            while waiting:
                self._record(next(iter(waiting.values())))
                waiting.pop(next(iter(waiting)))
        finally:
            with self._lock:
                self._waiting = waiting | self._waiting

    def _record(self, token: Token) -> None:
        now = self._clock()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self._database.change(self._clock) as tx:
            if tx.tokens.use(token.id, now, today):
                reason = f"the first use on {now:%Y-%m-%d}"
                tx.record([_change(TokenAction.USE, token, token.principal, reason)])
