"""`registry-grpc settle-clock`: confirms the clock of this machine after a jump."""

from typing import Annotated

import typer

from registry_grpc import app as application
from registry_grpc.cli.options import FAILED, Database, DataDir, fail, load_settings
from registry_grpc.cli.terminal import say

UNSETTLED = 10
SETTLE_CLOCK = "correct it, or see `registry-grpc settle-clock`"


def settle_clock(
    data_dir: DataDir = None,
    database: Database = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="The clock is right: let changes continue.")
    ] = False,
) -> None:
    """Show the clock and why it is in doubt; with --yes, confirm it and let changes continue.

    Changes stop while the clock is further than --max-clock-jump from where it should be: a change
    with a wrong time stays in the log, and every later one gets a later time. Correct a wrong clock
    first; that alone lets changes continue. Servers may run meanwhile.
    """
    settings = load_settings(data_dir=data_dir, database=database)
    application.require_registry(settings)
    doubts = application.clock_doubts(settings)
    now = f"{application.clock():%Y-%m-%d %H:%M:%S} UTC"
    if not doubts and not yes:
        hours = settings.max_clock_jump.total_seconds() / 3600
        say(f"the clock says {now}, and it is believed within {hours:g} hours")
        say("a server with a lower --max-clock-jump may doubt it; --yes settles it for all")
        return
    if not yes:
        message = f"the clock says {now}, but {doubts}: correct it; if it is right, add --yes"
        fail(message, FAILED)
    application.settle_clock(settings)
    say(f"the clock is settled at {now}; changes continue within seconds")
