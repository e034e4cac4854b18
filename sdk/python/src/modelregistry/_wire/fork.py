"""Surviving `fork`: a child must not touch the channel of its parent.

Training code forks (data loaders do), and a channel that was in use when the process was copied
answers nobody. So a child forgets what it inherited, and opens a channel of its own when it calls.

Worse, where a thread waits in gRPC for a call while the process is copied, gRPC leaves the child as
it is, and a child that then makes calls is aborted now and then ("skipping fork() handlers" is how
it is announced). So calls that last are ended before, and `gate` is shut until it is over.
"""

import os
import threading
from typing import Final, Protocol
from weakref import WeakSet

gate: Final = threading.RLock()  # also for a signal handler that forks
"""To be held while a call that lasts begins."""


class Forgetful(Protocol):
    """What holds something that a forked child must not use."""

    def forget(self) -> None:
        """Drop it without touching it."""


class Interruptible(Protocol):
    """What has calls that must not run while the process is forked."""

    def before_fork(self) -> None:
        """End them."""


_watched: WeakSet[Forgetful] = WeakSet()
_interrupted: WeakSet[Interruptible] = WeakSet()


def watch(holder: Forgetful) -> None:
    """Have `holder.forget()` called in every child that is forked from now on."""
    _watched.add(holder)


def interrupt(holder: Interruptible) -> None:
    """Have `holder.before_fork()` called before each fork from now on, with the gate shut."""
    _interrupted.add(holder)


def _interrupt_all() -> None:
    gate.acquire()
    for holder in list(_interrupted):
        holder.before_fork()


def _forget_all() -> None:
    gate.release()
    for holder in list(_watched):
        holder.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork either
    os.register_at_fork(
        before=_interrupt_all, after_in_parent=gate.release, after_in_child=_forget_all
    )
