"""Support for `fork`: a forked child must not use the channel of its parent.

Training code forks (data loaders do), and a channel that was in use at the moment of the fork never
replies in the child. So a child sets inherited channels aside and opens its own at its next call.

If a thread waits in gRPC for a call at that moment, gRPC does not prepare the child at all, and a
child that makes calls may abort ("skipping fork() handlers" in its log). So long-lived calls end
before a fork, and `gate` stays closed until it is over.
"""

import os
import threading
from typing import Final, Protocol
from weakref import WeakSet

gate: Final = threading.RLock()  # also for a signal handler that forks
"""Held while a long-lived call starts, and during a fork."""


class Forgetful(Protocol):
    """An object with parts that a forked child must not use."""

    def forget(self) -> None:
        """Set the parts aside without using them."""


class Interruptible(Protocol):
    """An object with calls that must not run during a fork."""

    def before_fork(self) -> None:
        """End the calls."""


_forgetful: WeakSet[Forgetful] = WeakSet()
_interruptible: WeakSet[Interruptible] = WeakSet()


def forget_in_child(holder: Forgetful) -> None:
    """Call `holder.forget()` in every child that is forked from now on."""
    _forgetful.add(holder)


def call_before_fork(holder: Interruptible) -> None:
    """Call `holder.before_fork()` before each fork from now on, with the gate closed."""
    _interruptible.add(holder)


def _interrupt_all() -> None:
    gate.acquire()
    for holder in list(_interruptible):
        holder.before_fork()


def _forget_all() -> None:
    gate.release()
    for holder in list(_forgetful):
        holder.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork either
    os.register_at_fork(
        before=_interrupt_all, after_in_parent=gate.release, after_in_child=_forget_all
    )
