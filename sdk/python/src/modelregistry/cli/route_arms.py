"""Arms of routes as they are written on the command line."""

from collections.abc import Mapping, Sequence

from modelregistry.cli.parsing import pairs, wrong
from modelregistry.types import Route, RouteArm, RouteArmMode

_PERCENT = 100


def wanted(
    model: str,
    arms: Sequence[str],
    shadows: Sequence[str],
    holdouts: Sequence[str],
    before: Route | None,
) -> list[RouteArm]:
    """Return the arms; an arm without a version has that of the route before, or `MODEL@ID`."""
    known = {arm.id: arm.version for arm in before.arms} if before else {}
    found = [_arm(model, text, "ARM", known, RouteArmMode.LIVE) for text in arms]
    found += [_arm(model, text, "--shadow", known, RouteArmMode.SHADOW) for text in shadows]
    ids = {arm.id for arm in found}
    for name in holdouts:
        if name not in ids:
            raise wrong("--holdout", f"{name!r} is not the id of an arm")
    return [
        RouteArm(id=arm.id, version=arm.version, weight=arm.weight, mode=RouteArmMode.HOLDOUT)
        if arm.id in holdouts
        else arm
        for arm in found
    ]


def _arm(
    model: str, text: str, where: str, known: Mapping[str, str], mode: RouteArmMode
) -> RouteArm:
    subject, equals, weight = text.rpartition("=")
    name, colon, version = subject.partition(":")
    if not equals or not name or (colon and not version):
        raise wrong(where, f"{text!r} is not ID=WEIGHT or ID:VERSION=WEIGHT")
    reference = version or known.get(name) or f"{model}@{name}"
    return RouteArm(id=name, version=reference, weight=_weight(text, where, weight), mode=mode)


def _weight(text: str, where: str, weight: str) -> int:
    """Return basis points of `1000`, `10%` or `0.5%`."""
    percent = weight.endswith("%")
    whole, _, fraction = weight.removesuffix("%").partition(".")
    digits = f"{whole}{fraction}"
    places = 2
    if not (digits.isascii() and digits.isdigit()) or len(fraction) > places:
        raise wrong(where, f"{text!r}: a weight is basis points such as 1000, or 10% or 0.25%")
    if not percent and fraction:
        raise wrong(where, f"{text!r}: basis points are whole numbers")
    scaled = int(whole or "0") * _PERCENT + int(fraction.ljust(places, "0"))
    value = scaled if percent else int(whole)
    if value > _PERCENT * _PERCENT:
        raise wrong(where, f"{text!r}: at most 10000 basis points, which are 100%")
    return value


def overrides(
    given: Sequence[str], arms: Sequence[RouteArm], before: Route | None
) -> dict[str, str]:
    """Return the overrides so far with these changes; an empty arm removes a unit.

    Overrides so far to arms that are left out go with their arms.
    """
    serving = {arm.id for arm in arms if arm.mode != RouteArmMode.SHADOW}
    kept = before.overrides.items() if before else ()
    changed = {unit: arm for unit, arm in kept if arm in serving} | pairs("--override", given)
    return {unit: arm for unit, arm in changed.items() if arm}
