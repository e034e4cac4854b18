"""`modelreg rollout`: whether the instances serve what a reference resolves to."""

import time
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry import names
from modelregistry._watching.retry import TRANSIENT, Backoff
from modelregistry.cli import failures, formats, tables
from modelregistry.cli.deployments import deployments_table
from modelregistry.cli.session import Session, command
from modelregistry.cli.timer import calling_after
from modelregistry.errors import RegistryError, RevisionCompacted
from modelregistry.types import Rollout

group: Final = typer.Typer(
    no_args_is_help=True, help="Show whether instances serve what a reference resolves to."
)

_LONGEST_PAUSE_S: Final = 10.0
_TOGETHER_S: Final = 0.3
"""The changes of this time are read together."""
_AGAIN_S: Final = 30.0
_SHOWN: Final = 20


@command(group, "status", codes=[failures.NOT_CONVERGED])
def status(
    session: Session,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="Such as fraud@production, fraud@checkout.")
    ],
    *,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait",
            help="Wait until all instances serve it: at most --timeout seconds, else without a "
            "limit.",
        ),
    ] = False,
) -> None:
    """Compare what a reference resolves to with what the instances that follow it serve.

    Exits with 0 once every instance that follows it serves that version (of a route: every arm is
    served and nothing older), and with 10 while some do not, or none follows it. Instances that
    failed to load it count as such.
    """
    seconds = session.limit_of_wait() if wait else None
    found = session.client.rollout(ref, page_size=_SHOWN)
    if wait:
        found = _Wait(session, ref, found, seconds).run()
    session.output.result(found, *_page(session, found))
    if not found.converged:
        raise typer.Exit(failures.NOT_CONVERGED)


class _Wait:
    """Reads the rollout again after changes, until it has converged."""

    def __init__(self, session: Session, ref: str, found: Rollout, seconds: float | None) -> None:
        self._session = session
        self._ref = ref
        self._found = found
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._backoff = Backoff(_LONGEST_PAUSE_S)
        self._reported = ""

    def run(self) -> Rollout:
        """Wait."""
        self._report()
        while not self._found.converged and self._left() > 0:
            try:
                self._await_change()
                self._read()
            except RevisionCompacted:
                self._read()
            except TRANSIENT as error:
                self._pause_after(error)
        return self._found

    def _await_change(self) -> None:
        """Return after a change of the model or of a deployment in its namespace, or some time."""
        found = self._found
        model = names.model_of(found.reference)
        changes = self._session.client.watch(
            models=(model,),
            name_prefixes=(f"{model.partition('/models/')[0]}/deployments/",),
            start_revision=found.revision + 1,
            history_id=found.history_id,
        )
        with calling_after(min(self._left(), _AGAIN_S), changes.close), changes:
            for said in changes:
                if said.restarted or said.events:
                    time.sleep(max(0.0, min(_TOGETHER_S, self._left())))
                    return

    def _read(self) -> None:
        self._found = self._session.client.rollout(self._ref, page_size=_SHOWN)
        self._backoff.reset()
        self._report()

    def _report(self) -> None:
        said = _summary(self._found).plain
        if said != self._reported:
            self._reported = said
            self._session.output.note(said)

    def _pause_after(self, error: RegistryError) -> None:
        self._session.output.note(f"{formats.clean(str(error))}; still waiting")
        time.sleep(max(0.0, min(self._backoff.pause_after(error), self._left())))

    def _left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()


def _summary(found: Rollout) -> Text:
    ref = formats.clean(found.reference)
    if not found.instances:
        return Text(f"{ref}: no instance reports that it follows it")
    counts = [f"{sum(arm.serving for arm in found.arms):,} serving"]
    pending = sum(arm.pending for arm in found.arms)
    for count, said in (
        (pending, "loading"),
        (found.outdated, "outdated"),
        (found.failed, "failed"),
    ):
        if count:
            counts.append(f"{count:,} {said}")
    state = "converged" if found.converged else "not converged"
    return Text(
        f"{ref}: {state}; {formats.count(found.instances, 'instance')}, {', '.join(counts)}"
    )


def _page(session: Session, found: Rollout) -> list[Table | Text]:
    parts: list[Table | Text] = [_summary(found)]
    arms = tables.table(
        ("ARM", "words"), ("VERSION", "name"), ("SERVING", "number"), ("LOADING", "number")
    )
    for arm in found.arms:
        arms.add_row(
            tables.words(arm.arm), tables.name(arm.version_ref), str(arm.serving), str(arm.pending)
        )
    parts.append(arms)
    if found.deployments:
        parts += [Text(), deployments_table(found.deployments, session.output.now)]
    return parts
