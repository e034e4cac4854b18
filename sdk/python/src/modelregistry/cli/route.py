"""`modelreg route`: set, show, remove, list and export routes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, route_arms, tables
from modelregistry.cli.arguments import Limit, ModelName, Reason, Yes, page_size, taken
from modelregistry.cli.parsing import wrong
from modelregistry.cli.route_page import arms_table, moved_text, route_page
from modelregistry.cli.session import Session, command
from modelregistry.cli.short_names import shortened
from modelregistry.errors import RegistryError, RouteNotFound
from modelregistry.route_export import FORMATS
from modelregistry.types import Route, RouteArmMode, RouteEntry, RouteReason

group: Final = typer.Typer(
    no_args_is_help=True, help="Divide units among versions: set, show and export routes."
)

RouteRef = Annotated[str, typer.Argument(metavar="ROUTE", help="Such as fraud@checkout.")]
ArmTexts = Annotated[
    list[str],
    typer.Argument(
        metavar="ARM...",
        help="ID=WEIGHT, or ID:VERSION=WEIGHT as in new:fraud/8=10%; weights in basis points or "
        "percent. Without a version: that of the arm so far, or of the alias or stage ID.",
    ),
]


@command(group, "set", changes=True)
def set_route(
    session: Session,
    route: RouteRef,
    arms: ArmTexts,
    *,
    default: Annotated[
        str, typer.Option(help="The arm for calls without a unit; so far's, or the first one.")
    ] = "",
    shadow: Annotated[
        list[str] | None,
        typer.Option(metavar="ARM", help="An arm that gets copies of requests; repeatable."),
    ] = None,
    holdout: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="An arm whose units are for comparison; repeatable."),
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UNIT=ID", help="A fixed arm for a unit; `UNIT=` removes it. Repeatable."
        ),
    ] = None,
    unit_kind: Annotated[
        str | None, typer.Option(help="What a unit is, such as `customer id`.")
    ] = None,
    reshuffle: Annotated[
        bool, typer.Option("--reshuffle", help="Divide all units again, by a new salt.")
    ] = False,
    etag: Annotated[
        str, typer.Option(help="Only if the route still has this etag; `none`: only if it is new.")
    ] = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Set the arms of a route, and show how many units move before it asks for confirmation.

    Overrides and unit kind stay as they are unless given; the overrides of arms that are left out
    go.
    """
    model, name = _split(route)
    try:
        before = session.client.get_route(model, name)
    except RouteNotFound:
        before = None
    wanted = route_arms.wanted(model, arms, shadow or [], holdout or [], before)
    chosen = default or (before.default_arm if before else wanted[0].id)
    overrides = route_arms.overrides(override or [], wanted, before)
    kind = unit_kind if unit_kind is not None else before.unit_kind if before else ""
    if before is not None and not yes:
        planned = session.client.plan_route(
            model,
            name,
            wanted,
            chosen,
            unit_kind=kind,
            overrides=overrides,
            reshuffle=reshuffle,
            etag=etag,
        )
        moved = planned.moved_from(before)
        if moved:
            session.confirm(f"{moved_text(moved)} of units move. Set {before.ref}?", yes=False)
            etag = etag or before.etag
    made = session.client.set_route(
        model,
        name,
        wanted,
        chosen,
        unit_kind=kind,
        overrides=overrides,
        reshuffle=reshuffle,
        etag=etag,
        reason=reason,
        request_id=session.request_id,
    )
    told = f"{moved_text(made.moved_from(before))} of units moved" if before else "created"
    said = Text.assemble(tables.name(made.ref), f"  {told}")
    session.output.result(made, said, arms_table(made))


@command(group, "show")
def show_route(session: Session, route: RouteRef) -> None:
    """Show the arms of a route and their shares."""
    found = session.client.get_route(*_split(route))
    session.output.result(found, *route_page(found, session.output.now))


@command(group, "list")
def list_routes(session: Session, model: ModelName, *, limit: Limit = None) -> None:
    """List the routes of a model by name."""
    found = taken(session.client.list_routes(model, page_size=page_size(limit)), limit)

    def table(items: Sequence[Route]) -> Table:
        made = tables.table(
            *(("ROUTE", "name"), ("ARMS", "words"), ("DEFAULT", "name")),
            *(("UPDATED", "name"), ("BY", "name")),
        )
        for item in items:
            shares = [
                f"{arm.id} {arm.weight / 100:g} %"
                for arm in item.arms
                if arm.mode != RouteArmMode.SHADOW
            ]
            made.add_row(
                tables.alias_tags([item.id]),
                formats.clean(", ".join(shares)),
                formats.clean(item.default_arm),
                formats.ago(item.update_time, session.output.now),
                tables.words(item.updater),
            )
        return made

    name = formats.clean(model)
    hint = f"modelreg route set {name}@checkout champion=9000 challenger=1000"
    session.output.listing(found, table, f"{name} has no routes. Set one: {hint}")


@command(group, "history")
def route_history(session: Session, route: RouteRef, *, limit: Limit = None) -> None:
    """List the revisions of a route, newest first; works for removed routes too."""
    model, name = _split(route)
    found = taken(session.client.route_history(model, name, page_size=page_size(limit)), limit)

    def table(items: Sequence[RouteEntry]) -> Table:
        made = tables.table(
            *(("TIME", "name"), ("ACTION", "name"), ("ARMS", "words"), ("MOVED", "number")),
            *(("BY", "name"), ("REASON", "words")),
        )
        for item in items:
            arms = item.route.arms if item.route else ()
            shares = ", ".join(f"{arm.id} {arm.weight / 100:g} %" for arm in arms)
            made.add_row(
                formats.ago(item.create_time, session.output.now),
                formats.clean(item.action.removeprefix("route.")),
                formats.clean(shares) or tables.dim("removed"),
                moved_text(item.moved),
                tables.words(item.actor),
                tables.words(shortened(item.reason)),
            )
        return made

    session.output.listing(found, table, f"{formats.clean(route)} has no history")


@command(group, "which")
def which_arm(
    session: Session,
    route: RouteRef,
    units: Annotated[list[str], typer.Argument(metavar="UNIT...", help="Such as customer ids.")],
) -> None:
    """Show the arm and the version for each unit, all at one revision."""
    _split(route)
    answers = session.client.resolve_units([(route, unit) for unit in units])
    made = tables.table(
        *(("UNIT", "name"), ("ARM", "name"), ("VERSION", "name"), ("SLOT", "number")),
        *(("REASON", "name"), ("SHADOWS", "words")),
    )
    shown = []
    for unit, answer in zip(units, answers, strict=True):
        if isinstance(answer, RegistryError):
            raise answer
        decision = answer.decision
        if decision is None:
            raise wrong("ROUTE", f"{route!r} is not a route")
        reason = decision.reason
        said = reason.name.lower() if isinstance(reason, RouteReason) else str(reason)
        made.add_row(
            formats.clean(unit),
            formats.clean(decision.arm),
            tables.name(decision.version_ref),
            str(decision.slot) if decision.slot >= 0 else "-",
            said,
            formats.clean(", ".join(shadow.arm for shadow in decision.shadows)),
        )
        shown.append({"unit": unit, **session.output.fields(decision)})
    session.output.result(shown, made)


@command(group, "export")
def export_route(
    session: Session,
    route: RouteRef,
    *,
    form: Annotated[
        str,
        typer.Option("--format", metavar="|".join(FORMATS), help="The program that reads it."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file.")
    ] = None,
) -> None:
    """Export a route for another program; a comment states what that cannot keep."""
    if form not in FORMATS:
        raise wrong("--format", f"{form!r} is not one of {', '.join(FORMATS)}")
    try:
        text = FORMATS[form](session.client.get_route(*_split(route)))
    except ValueError as error:
        raise wrong("ROUTE", formats.clean(str(error))) from error
    if output is None:
        session.output.text(text)
        return
    output.write_text(f"{text}\n", encoding="utf-8")
    session.output.result({"path": str(output)}, f"wrote {formats.clean(str(output))}")


@command(group, "rm", changes=True)
def remove_route(
    session: Session,
    route: RouteRef,
    *,
    etag: Annotated[str, typer.Option(help="Only if the route still has this etag.")] = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Remove a route; its history is kept. With --json the `revision` of the removal."""
    model, name = _split(route)
    session.confirm(f"Remove route {formats.clean(route)}?", yes=yes)
    revision = session.client.delete_route(
        model, name, etag=etag, reason=reason, request_id=session.request_id
    )
    said = f"removed route {formats.clean(route)}"
    session.output.result({"revision": revision}, said)


def _split(route: str) -> tuple[str, str]:
    """Return the model and the id of a route."""
    model, _, name = route.partition("@")
    if not name and "/routes/" in route:
        model, _, name = route.rpartition("/routes/")
    if not model or not name:
        raise wrong("ROUTE", f"{route!r} is not a route such as fraud@checkout")
    return model, name
