"""`modelreg audit`: the audit trail, changes and denied requests."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Final

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import audit_csv, differences, facts, formats, parsing, tables
from modelregistry.cli.arguments import page_size, taken
from modelregistry.cli.monitor_page import subject_of
from modelregistry.cli.session import Session, command
from modelregistry.cli.short_names import shortened
from modelregistry.cli.transition_page import moves_text
from modelregistry.names import segment, short_ref
from modelregistry.types import ChangeEvent, DeniedRequest, MonitorState, Transition

_FEW: Final = 50
_MODEL_PARTS: Final = 4
_SHORT: Final = ("versions", "aliases")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "audit")(audit)


def audit(
    session: Session,
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="Only this model and its promotions; repeatable.",
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="PREFIX",
            help="Only resources whose name has this prefix: fraud-, or a full name; repeatable.",
        ),
    ] = None,
    all_namespaces: Annotated[
        bool,
        typer.Option("--all-namespaces", help="All namespaces, and what belongs to none."),
    ] = False,
    actor: Annotated[
        str, typer.Option(metavar="PRINCIPAL", help="Only actions of this principal.")
    ] = "",
    action: Annotated[
        str,
        typer.Option(
            metavar="ACTION", help="Such as alias.set, or alias. for all actions on aliases."
        ),
    ] = "",
    denied: Annotated[bool, typer.Option("--denied", help="Only denied requests.")] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="From this time on: RFC 3339, or an age such as 7d."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")] = None,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="Oldest first; by default newest first.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Maximum number of entries, counted from the first one shown; {_FEW} by default.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All entries, without a limit.")
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Show the fields that changed, before and after."),
    ] = False,
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="As CSV (RFC 4180) for spreadsheets; all entries by default."),
    ] = False,
) -> None:
    """List the audit trail, newest first: who changed what, when and why, and denied requests."""
    if denied and action:
        raise parsing.wrong("--denied", "cannot be combined with --action: use one of them")
    if as_csv and (session.output.as_json or verbose):
        raise parsing.wrong("--csv", "cannot be combined with --json or --verbose")
    most = limit or (None if as_csv else _FEW)
    most = None if everything else most
    entries = session.client.audit(
        namespace="-" if all_namespaces else None,
        models=model or (),
        name_prefixes=name or (),
        actor=actor,
        action=action,
        denied_only=denied,
        start_time=_moment(session, "--since", since),
        end_time=_moment(session, "--until", until),
        newest_first=not oldest_first,
        page_size=page_size(most),
    )
    if as_csv:
        for line in audit_csv.lines(islice(entries, most)):
            session.output.part(line)
        return
    found = taken(entries, most)
    if verbose and found:
        session.output.result(found, *_pages(found))
    else:
        session.output.listing(found, _table, "No matching entries in the audit trail.")
    if most is not None and len(found) >= most:
        session.output.note(f"There may be more entries: use --limit {most * 10}, or --all")


def _moment(session: Session, option: str, text: str | None) -> datetime | None:
    # An empty text, as of a variable that is not set, must not select the whole trail.
    return None if text is None else parsing.moment(option, text, session.output.now)


def _table(events: Sequence[ChangeEvent]) -> Table:
    made = tables.table(
        *(
            ("TIME", "name"),
            ("ACTOR", "name"),
            ("ACTION", "name"),
            ("RESOURCE", "name"),
            ("REASON", "words"),
        )
    )
    for event in events:
        made.add_row(
            _when(event), tables.words(event.actor), _what(event), _where(event), _why(event)
        )
    return made


def _pages(events: Sequence[ChangeEvent]) -> Iterator[RenderableType]:
    """Yield each entry as a line, with its details indented below."""
    for event in events:
        parts = (Text(_when(event), "dim"), Text(formats.clean(event.actor)), _what(event))
        yield Text("  ").join([*parts, _where(event), *([_why(event)] if event.reason else [])])
        denied = event.denied_request
        below = facts.grid(_denied(denied) if denied else _changed(event))
        if below.row_count:
            yield tables.indented(below)


def _when(event: ChangeEvent) -> str:
    return f"{event.time.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if event.time else "-"


def _what(event: ChangeEvent) -> Text:
    if event.denied_request is None:
        return Text(formats.clean(event.action), "bold")
    method = event.denied_request.method.rpartition("/")[2]
    return Text(formats.clean(f"{event.action} {method}"), "bold red")


def _where(event: ChangeEvent) -> Text:
    if isinstance(event.after, Transition):
        identity = formats.clean(short_ref(event.name))
        return Text.assemble(tables.name(moves_text(event.after)), "  ", identity)
    state = event.after or event.before
    if isinstance(state, MonitorState):
        subject = subject_of(state.subject, state.dimension, state.value)
        return tables.name(f"{state.monitor_id} of {state.version_ref}: {subject}")
    return tables.name(_short(event.name)) if event.name else tables.dim("-")


def _short(name: str) -> str:
    """Return `fraud@champion`, `risk/fraud/7 evaluations/3`, `risk policies/p`."""
    parts = name.split("/")
    if segment(name, "models"):
        short = parts[_MODEL_PARTS : _MODEL_PARTS + 1]
        known = _MODEL_PARTS + (2 if short and short[0] in _SHORT else 0)
        head = short_ref("/".join(parts[:known]))
        return " ".join([head, "/".join(parts[known:])]).strip()
    namespace = segment(name, "namespaces")
    return " ".join([namespace, "/".join(parts[2:])]).strip() if namespace else name


def _why(event: ChangeEvent) -> Text:
    denied = event.denied_request
    return tables.words(shortened(denied.message if denied else event.reason))


def _changed(event: ChangeEvent) -> Iterator[facts.Fact]:
    for found in differences.between(event.before, event.after):
        yield found.path, found.after if event.before is None else f"{found.before} → {found.after}"
    for change in event.annotation_changes:
        old, new = change.before_digest, change.after_digest
        sides = (formats.short_digest(digest) if digest else "-" for digest in (old, new))
        yield f"annotations.{formats.clean(change.key)}", " → ".join(sides)


def _denied(denied: DeniedRequest) -> Iterator[facts.Fact]:
    yield "reason", formats.clean(denied.reason)
    yield "message", formats.clean(denied.message)
    for cause in denied.causes:
        if cause != denied.message:
            yield "cause", formats.clean(cause)
    yield "call", formats.clean(denied.request_id)
    if denied.omitted:
        yield "omitted", f"{formats.count(denied.omitted, 'denied request')} before this one"
