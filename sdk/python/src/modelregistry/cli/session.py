"""The run of one command: options, client and output; and the declaration of commands."""

import functools
import inspect
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any, Concatenate, Final, ParamSpec, TypeAlias

import typer

from modelregistry import Client
from modelregistry._wire.call import new_id
from modelregistry._wire.settings import DEFAULT_TIMEOUT_S
from modelregistry.cli import failures
from modelregistry.cli.connection import Access, Flags, access
from modelregistry.cli.output import Output
from modelregistry.cli.parsing import wrong
from modelregistry.cli.termination import Terminated, raised_by_sigterm
from modelregistry.errors import Cancelled, RegistryError

Arguments = ParamSpec("Arguments")

_PANEL: Final = "Connection"


class Session:
    """The options, client and output of a command. The client is created on first use."""

    def __init__(self, flags: Flags, request_id: str = "") -> None:
        self._given_request_id = request_id
        self.output = Output(as_json=bool(flags.as_json))
        self.server = ""
        self._flags = flags
        self._client: Client | None = None

    @functools.cached_property
    def access(self) -> Access:
        """The connection settings; ConfigurationError when they are invalid."""
        return access(self._flags, os.environ)

    @property
    def client(self) -> Client:
        """The client; ConfigurationError when the options contradict each other."""
        if self._client is None:
            self.server = self.access.server
            self._client = self.access.client()
        return self._client

    @contextmanager
    def other_client(self, place: str, token_file: Path | None) -> Iterator[Client]:
        """Open a client of another registry: a profile, or an address with a colon.

        Nothing of this registry's options or variables applies to it, in particular no token.
        """
        addressed = {"server": place} if ":" in place else {"profile": place}
        flags = Flags(token_file=token_file, timeout=self._flags.timeout, **addressed)  # type: ignore[arg-type]
        environ = {k: v for k, v in os.environ.items() if not k.startswith("MODELREG_")}
        with access(flags, environ).client(default_token=False) as client:
            yield client

    def limit_of_wait(self) -> float | None:
        """Return --timeout as the limit in seconds of a whole wait, None for no limit.

        A single call then has at most its default deadline. To be called before `client` is used.
        """
        seconds = self._flags.timeout
        if seconds is not None:
            self._flags = replace(self._flags, timeout=min(seconds, DEFAULT_TIMEOUT_S))
        return seconds

    @functools.cached_property
    def request_id(self) -> str:
        """The request id that makes this command safe to repeat: the given one, or a new one."""
        if not self._given_request_id:
            return new_id()
        try:
            return str(uuid.UUID(self._given_request_id))
        except ValueError as error:
            message = "is not a UUID such as a failed command prints"
            raise wrong("--request-id", message) from error

    def request_id_of(self, number: int) -> str:
        """Return the request id of one of several changes of a command, by its index from 0."""
        if not number:
            return self.request_id
        return str(uuid.uuid5(uuid.UUID(self.request_id), str(number)))

    def interrupted(self) -> Cancelled:
        """Return the error of an interrupted command, with the request id of its change."""
        began = "request_id" in vars(self)
        metadata = {"request_id": self.request_id} if began else {}
        return Cancelled("interrupted", reason="INTERRUPTED", metadata=metadata)

    def close(self) -> None:
        """Close the client, if there is one."""
        if self._client is not None:
            self._client.close()

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask for confirmation of a change that destroys something, before it is made.

        Ends the command when the answer is no. Without a terminal there is no one to ask: then
        `yes` is required, and its absence is a usage error.
        """
        if yes:
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise wrong("--yes", f"is required without a terminal to ask: {question}")
        if not typer.confirm(question, err=True):
            self.output.note("nothing changed")
            raise typer.Exit(failures.FAILED)


def shared_options(
    *,
    as_json: Annotated[
        bool | None, typer.Option("--json", help="Print JSON instead of tables.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Address of the registry. (MODELREG_SERVER; localhost:50051)",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            "-n",
            help="Default namespace. (MODELREG_NAMESPACE; default)",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Profile in ~/.config/modelreg/profiles.toml. (MODELREG_PROFILE; default)",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File that contains the access token. (MODELREG_TOKEN)", rich_help_panel=_PANEL
        ),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(
            help="CA certificates to trust instead of the system's, PEM.", rich_help_panel=_PANEL
        ),
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help="Client certificate, PEM.", rich_help_panel=_PANEL)
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="Private key of the client certificate, PEM.", rich_help_panel=_PANEL),
    ] = None,
    plaintext: Annotated[
        bool | None,
        typer.Option(
            "--plaintext/--tls",
            help="Connect without or with TLS; by default with TLS, except to this machine.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    token_in_plaintext: Annotated[
        bool | None,
        typer.Option(
            "--token-in-plaintext",
            help="Allow sending the token over an unencrypted connection.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            metavar="SECONDS",
            help="Deadline of one call in seconds. (30)",
            rich_help_panel=_PANEL,
        ),
    ] = None,
) -> Flags:
    """Return the options that are accepted before and after every command."""
    return Flags(
        as_json=as_json,
        server=server,
        namespace=namespace,
        profile=profile,
        token_file=token_file,
        ca=ca,
        cert=cert,
        key=key,
        plaintext=plaintext,
        token_in_plaintext=token_in_plaintext,
        timeout=timeout,
    )


SHARED: Final = tuple(inspect.signature(shared_options).parameters.values())
_NAMES: Final = frozenset(each.name for each in fields(Flags))

_REQUEST_ID: Final = "request_id"
_REQUEST_ID_OPTION: Final = inspect.Parameter(
    _REQUEST_ID,
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None,
        typer.Option(
            "--request-id",
            metavar="UUID",
            help="Repeat an earlier run whose outcome is unknown, with the id that it printed.",
        ),
    ],
)

Run: TypeAlias = Callable[Concatenate[Session, Arguments], None]


def command(
    group: typer.Typer,
    called: str,
    *,
    changes: bool = False,
    transitions: bool = False,
    codes: Iterable[int] = (),
) -> Callable[[Run[Arguments]], Run[Arguments]]:
    """Declare a command of a group: a function that takes a Session before what Typer gives it.

    The command also accepts the shared options, and --request-id when it changes something. Its
    errors are printed and become exit codes, and its client is closed at the end. transitions: its
    exit code also reports the state of a transition. codes: exit codes of its own.
    """
    possible = failures.codes(changes=changes, transitions=transitions, own=codes)
    epilog = failures.codes_text(possible)

    def declare(run: Run[Arguments]) -> Run[Arguments]:
        @functools.wraps(run)
        def entry(context: typer.Context, **arguments: Any) -> None:  # noqa: ANN401 - as declared
            request_id = arguments.pop(_REQUEST_ID, None) or ""
            own = {key: value for key, value in arguments.items() if key not in _NAMES}
            given = Flags(**{key: arguments[key] for key in _NAMES})
            try:
                flags = given.over(context.obj or Flags())
                _perform(functools.partial(run, **own), flags, request_id)
            except typer.BadParameter as error:
                error.ctx = error.ctx or context
                raise

        entry.__signature__ = _signature(run, changes=changes)  # type: ignore[attr-defined]
        group.command(called, epilog=epilog)(entry)
        return run

    return declare


def _signature(run: Callable[..., None], *, changes: bool) -> inspect.Signature:
    context = inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    own = list(inspect.signature(run).parameters.values())[1:]
    repeat = [_REQUEST_ID_OPTION] if changes else []
    return inspect.Signature([context, *own, *repeat, *SHARED])


def _perform(run: Callable[[Session], None], flags: Flags, request_id: str) -> None:
    session = Session(flags, request_id)
    try:
        with raised_by_sigterm():
            run(session)
    except BrokenPipeError:
        raise  # the reader of the pipe closed it: Typer exits silently
    except (RegistryError, OSError) as error:
        session.output.failure(error, session.server)
        raise typer.Exit(failures.exit_code(error)) from error
    except KeyboardInterrupt as error:
        session.output.failure(session.interrupted(), session.server)
        raise typer.Exit(failures.INTERRUPTED) from error
    except Terminated as error:
        session.output.failure(session.interrupted(), session.server)
        raise typer.Exit(failures.TERMINATED) from error
    finally:
        session.close()
