"""Waits for the end of a transition, also while the registry restarts, and its exit code."""

import time
from collections.abc import Mapping
from typing import Final

import typer

from modelregistry._watching.retry import TRANSIENT, Backoff
from modelregistry.cli import failures, formats
from modelregistry.cli.session import Session
from modelregistry.cli.timer import calling_after
from modelregistry.cli.transition_page import needs_lines, next_step, outcome_line
from modelregistry.errors import RegistryError, RevisionCompacted
from modelregistry.types import Transition, TransitionState

_LONGEST_PAUSE_S: Final = 10.0
_CODES: Final[Mapping[int, int]] = {
    TransitionState.APPLIED: failures.OK,
    TransitionState.PENDING_APPROVAL: failures.PENDING,
    TransitionState.WAITING: failures.PENDING,
    TransitionState.REJECTED: failures.REJECTED,
    TransitionState.CANCELLED: failures.REJECTED,
    TransitionState.EXPIRED: failures.LAPSED,
    TransitionState.SUPERSEDED: failures.LAPSED,
}


def finish(session: Session, made: Transition) -> None:
    """Print a transition as the result of the command, and end it with the code of its state."""
    session.output.result(made, outcome_line(made), *needs_lines(made.needs))
    if made.is_open:
        session.output.note(next_step(made, session.output.now))
    code = _CODES.get(made.state, failures.FAILED)
    if code:
        raise typer.Exit(code)


def ended(session: Session, made: Transition, seconds: float | None) -> Transition:
    """Return a transition once it has ended, or as it is after `seconds`; None: without a limit.

    While it waits, each change is printed: its state, and the approvals that are still missing.
    While the registry is unavailable it goes on waiting. Raises TransitionNotFound when the
    registry was restored from a backup without it.
    """
    wait = _Wait(session, made, seconds)
    try:
        return wait.run()
    except KeyboardInterrupt as interrupt:
        session.output.note(f"to go on waiting: modelreg transitions wait {wait.ref}")
        raise typer.Exit(failures.INTERRUPTED) from interrupt


class _Wait:
    """Reads the transition again after each of its changes, until it has ended."""

    def __init__(self, session: Session, made: Transition, seconds: float | None) -> None:
        self._session = session
        self._made = made
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._backoff = Backoff(_LONGEST_PAUSE_S)
        self._reported = ""

    @property
    def ref(self) -> str:
        """The id of the transition, for commands."""
        return formats.clean(self._made.ref)

    def run(self) -> Transition:
        """Wait."""
        if self._made.is_open:
            self._report()
        while self._made.is_open and self._left() > 0:
            try:
                self._await_change()
            except RevisionCompacted:
                self._read()
            except TRANSIENT as error:
                self._pause_after(error)
        return self._made

    def _await_change(self) -> None:
        made = self._made
        changes = self._session.client.watch(
            name_prefixes=(made.name,),
            start_revision=made.revision + 1,
            history_id=made.history_id,
        )
        with calling_after(self._left(), changes.close), changes:
            for said in changes:
                if said.restarted or any(event.name == made.name for event in said.events):
                    self._read()
                    return

    def _read(self) -> None:
        self._made = self._session.client.get_transition(self._made.name)
        self._backoff.reset()
        if self._made.is_open:
            self._report()

    def _report(self) -> None:
        lines = [outcome_line(self._made).plain, *(n.plain for n in needs_lines(self._made.needs))]
        lines.append(next_step(self._made, self._session.output.now))
        if "\n".join(lines) != self._reported:
            self._reported = "\n".join(lines)
            for line in lines:
                self._session.output.note(line)

    def _pause_after(self, error: RegistryError) -> None:
        self._session.output.note(f"{formats.clean(str(error))}; still waiting")
        time.sleep(max(0.0, min(self._backoff.pause_after(error), self._left())))

    def _left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()
