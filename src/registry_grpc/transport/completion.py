"""Work that continues to its end although the caller that waits for it is cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_running: set["asyncio.Task[None]"] = set()


async def complete(work: Coroutine[Any, Any, None]) -> None:
    """Wait until `work` has ended; when the caller is cancelled meanwhile, `work` still ends.

    For what gives something back: a second cancellation must not interrupt it.
    """
    task = asyncio.ensure_future(work)
    # The event loop itself remembers tasks weakly.
    _running.add(task)
    task.add_done_callback(_running.discard)
    await asyncio.shield(task)


async def settled(*works: "asyncio.Future[Any]") -> None:
    """Wait until each has ended, however it ends; what one raises is not an unheard error."""
    await asyncio.wait(works)
    for work in works:
        if not work.cancelled():
            work.exception()
