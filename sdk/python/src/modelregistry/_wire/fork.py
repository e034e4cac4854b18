"""Surviving `fork`: a child must not touch the channel of its parent.

Training code forks (data loaders do), and a channel that was in use when the process was copied
answers nobody. So a child forgets what it inherited, and opens a channel of its own when it calls.
"""

import os
from typing import Protocol
from weakref import WeakSet


class Forgetful(Protocol):
    """What holds something that a forked child must not use."""

    def forget(self) -> None:
        """Drop it without touching it."""


_watched: WeakSet[Forgetful] = WeakSet()


def watch(holder: Forgetful) -> None:
    """Have `holder.forget()` called in every child that is forked from now on."""
    _watched.add(holder)


def _forget_all() -> None:
    for holder in list(_watched):
        holder.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork either
    os.register_at_fork(after_in_child=_forget_all)
