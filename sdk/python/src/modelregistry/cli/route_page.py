"""The page of a route: its arms, with a bar for the share of each."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, tables
from modelregistry.types import Route, RouteArm, RouteArmMode, RouteArmState

_BAR = 40
_SLOTS = 10_000
_PERCENT = 100


def moved_text(moved: int) -> str:
    """Return a number of slots as a share of the units, such as `40 %`."""
    return f"{moved / _PERCENT:g} %"


def route_page(route: Route, now: datetime) -> Iterator[RenderableType]:
    """Yield the parts of the page."""
    yield tables.name(route.ref)
    yield facts.grid(
        [
            ("default arm", formats.clean(route.default_arm)),
            ("unit", formats.clean(route.unit_kind)),
            ("salt", formats.clean(route.salt)),
            ("set", formats.by_whom(route.updater, formats.exact(route.update_time, now))),
            ("etag", formats.clean(route.etag)),
            ("revision", str(route.revision)),
        ]
    )
    yield from facts.section("Arms", arms_table(route))
    yield from facts.section("Overrides", _overrides(route))


def arms_table(route: Route) -> Table:
    """Return one line for each arm."""
    made = tables.table(
        *(("ARM", "name"), ("VERSION", "name"), ("SHARE", "number"), ("", "name")),
        ("NOTE", "name"),
    )
    for arm in route.arms:
        made.add_row(
            tables.alias_tags([arm.id]),
            tables.name(arm.version_ref),
            moved_text(arm.weight),
            _bar(arm),
            _note(route, arm),
        )
    return made


def _bar(arm: RouteArm) -> Text:
    filled = round(arm.weight * _BAR / _SLOTS)
    style = "dim" if arm.mode == RouteArmMode.SHADOW else "green"
    return Text.assemble(("█" * filled, style), ("░" * (_BAR - filled), "dim"))


def _note(route: Route, arm: RouteArm) -> Text:
    notes = [] if arm.id != route.default_arm else ["default"]
    if arm.mode != RouteArmMode.LIVE:
        known = isinstance(arm.mode, RouteArmMode)
        notes.append(RouteArmMode(arm.mode).name.lower() if known else f"mode {arm.mode}")
    if arm.state != RouteArmState.USABLE:
        known = isinstance(arm.state, RouteArmState)
        name = RouteArmState(arm.state).name.lower() if known else f"state {arm.state}"
        notes.append(f"not served: {name}")
    return Text(", ".join(notes), "bold red" if arm.state != RouteArmState.USABLE else "")


def _overrides(route: Route) -> Table:
    made = tables.table(("UNIT", "name"), ("ARM", "name"))
    for unit in sorted(route.overrides):
        made.add_row(formats.clean(unit), formats.clean(route.overrides[unit]))
    return made
