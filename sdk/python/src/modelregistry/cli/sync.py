"""`modelreg sync`: keep a folder in sync with a reference."""

import threading
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from modelregistry import DeploymentPhase, Reporter, Resolver, Version
from modelregistry._local.linked_files import linked
from modelregistry._watching.retry import TRANSIENT, Backoff
from modelregistry.cli import failures
from modelregistry.cli.arguments import Ref
from modelregistry.cli.mirror import Mirror, split_command
from modelregistry.cli.parsing import wrong
from modelregistry.cli.session import Session, command
from modelregistry.cli.termination import Terminated
from modelregistry.errors import NotFound, RegistryError, WrongState

_LONGEST_PAUSE_S: Final = 60.0


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "sync")(sync)


def sync(
    session: Session,
    ref: Ref,
    target: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Symbolic link to create, to the files of the version."),
    ],
    *,
    run: Annotated[
        str | None,
        typer.Option(
            "--exec", metavar="CMD", help="Command to run, without a shell, after each change."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Synchronise once and exit.")] = False,
    report_target: Annotated[
        str,
        typer.Option(
            "--target",
            help="Report what DIR has to the registry, as served at this target, such as eu-prod.",
        ),
    ] = "",
    instance: Annotated[
        str, typer.Option(help="With --target: the name of this instance; host and process.")
    ] = "",
) -> None:
    """Keep a folder in sync with the version that a reference resolves to, until interrupted.

    DIR is a symbolic link into the folder .DIR.versions beside it. It moves atomically once all
    files are complete and verified. The previous version is kept, older ones are removed. While the
    registry is unavailable DIR stays unchanged. A DIR that no link can replace, such as a mounted
    volume, gets a link to each file instead, and these move together.

    CMD sees MODELREG_VERSION (fraud/7), MODELREG_NUMBER, MODELREG_DIGEST, MODELREG_REF,
    MODELREG_PATH (the files), MODELREG_LINK (DIR) and MODELREG_PREVIOUS (the previous files, or
    empty). Its output goes to standard error. A failure is reported, and CMD runs again when DIR
    moves next, or when sync is started again.

    With --target, `modelreg deployments list` shows the version of DIR: loading until CMD has
    succeeded, then serving, or failed.

    With --json one line of JSON for each move. SIGTERM ends it with code 0; with --once the code is
    1 when CMD failed.
    """
    if once and report_target:
        raise wrong("--target", "cannot be combined with --once, which serves nothing afterwards")
    if instance and not report_target:
        raise wrong("--instance", "needs --target")
    mirror = Mirror(session, ref, linked(target), split_command(run))
    with mirror.linked.locked():
        if once:
            if not mirror.update(session.client.resolve(ref)):
                raise typer.Exit(failures.FAILED)
            return
        try:
            if not report_target:
                _SyncLoop(session, mirror).run()
            with session.client.reporter(report_target, instance=instance) as reporter:
                _SyncLoop(session, mirror, reporter).run()
        except Terminated as ended:
            raise typer.Exit(failures.OK) from ended


class _SyncLoop:
    """Updates the link whenever the reference resolves to another version."""

    def __init__(self, session: Session, mirror: Mirror, reporter: Reporter | None = None) -> None:
        self._session = session
        self._mirror = mirror
        self._reporter = reporter
        self._served: Version | None = None
        self._moved = threading.Event()
        self._backoff = Backoff(_LONGEST_PAUSE_S)
        self._reported = ""

    def run(self) -> NoReturn:
        """Run until interrupted."""
        made = self._session.client.resolver(
            self._mirror.ref, on_change=lambda *_: self._moved.set()
        )
        resolver = self._opened(made)
        while True:
            self._moved.clear()
            self._moved.wait(self._settle(resolver))

    def _opened(self, resolver: Resolver) -> Resolver:
        while True:
            try:
                return resolver.open()
            except TRANSIENT as error:
                self._stay(error)
                self._moved.wait(self._backoff.pause_after(error))

    def _settle(self, resolver: Resolver) -> float | None:
        """Update the link; return the seconds until the next attempt if this one failed."""
        try:
            version = resolver.version
        except (NotFound, WrongState) as error:
            self._stay(error)
            return None
        if version != self._served:
            self._report(version, DeploymentPhase.LOADING)
        try:
            succeeded = self._mirror.update(version)
        except (RegistryError, OSError) as error:
            self._report(version, DeploymentPhase.FAILED, str(error))
            self._stay(error)
            return self._backoff.pause_after(error)
        self._served = version if succeeded else None
        phase = DeploymentPhase.SERVING if succeeded else DeploymentPhase.FAILED
        self._report(version, phase, "" if succeeded else "the command of --exec failed")
        self._reported = ""
        self._backoff.reset()
        return None

    def _report(self, version: Version, phase: DeploymentPhase, message: str = "") -> None:
        """Report what becomes of a version; of a reference by its present name."""
        if self._reporter is None:
            return
        _, at, selector = self._mirror.ref.partition("@")
        reference = f"{version.ref.rpartition('/')[0]}@{selector}" if at else version.ref
        self._reporter.serve(version, reference=reference, phase=phase, message=message)

    def _stay(self, error: Exception) -> None:
        """Report why the link stays unchanged, once for each reason."""
        if self._reported != str(error):
            self._reported = str(error)
            self._session.output.failure(error, self._session.server)
            place = self._mirror.linked.current()
            kept = f"stays at {place.name}" if place else "does not exist yet"
            self._session.output.note(f"{self._mirror.linked.path} {kept}")
