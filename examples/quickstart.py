"""The registry in two minutes: `make quickstart`.

It trains three real models and registers them in a registry of its own. The second is better
overall and worse on one slice, so a promotion policy blocks it. The third is approved by a second
person, served, and rolled back; its report records all of this. At the end a route divides readers
between two versions. Each line with a tick was verified; a failed check ends the program with exit
code 1. Nothing keeps running, and no file is left.
"""

import hashlib
import itertools
import subprocess
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import digits
import joblib
import numpy as np
from local_registry import local_registry, new_token
from rich.console import Console
from rich.table import Table

from modelregistry import (
    ApprovalRequirement,
    Client,
    MetricBound,
    MetricChange,
    MetricDirection,
    Policy,
    Route,
    RouteArm,
    Rule,
    SliceMetric,
    TransitionCheck,
    TransitionState,
    Version,
    report,
)
from modelregistry.errors import ApprovalNotAllowed, EtagMismatch, GateRefused, RegistryError

FURTHER = """
   [cyan]make serve[/]                    a permanent registry at localhost:50051
   [cyan].venv/bin/modelreg --help[/]     push and pull from the shell
      [cyan]examples/quickstart.py[/]        the source of this program
   [cyan]README.md[/]                     grpcurl, and the map of the code
"""

RULES = Policy(
    name="quality",
    to_stage="production",
    models="digits",
    rules=(
        Rule(id="whole", check=MetricBound(metric="recall", minimum=0.8)),
        Rule(
            id="each",
            check=MetricChange(
                metric="recall",
                direction=MetricDirection.HIGHER_IS_BETTER,
                dimension="digit",
                max_absolute=0.05,
            ),
        ),
    ),
    approvals=(ApprovalRequirement(id="review", meaning="reads every digit well enough"),),
)

READERS = 1_000

console = Console(highlight=False, soft_wrap=True)
steps = itertools.count(1)


def main() -> None:
    """Start a registry, run the scenario, show the tables, and clean up."""
    step("Start a registry")
    with local_registry() as server, TemporaryDirectory(prefix="quickstart-") as folder:
        say(f"at {server}, with SQLite and files in a temporary folder")
        tokens = new_token("ada", "admin", own=True), new_token("ben", "approver")
        with Client(server, token=tokens[0]) as ada, Client(server, token=tokens[1]) as ben:
            run_scenario(ada, ben, Path(folder))
        step("Show the same on the command line")
        modelreg("versions", "list", "digits")
        modelreg("alias", "history", "digits", "champion")
        modelreg("stage", "history", "digits")
        modelreg("route", "show", "digits@readers")
    step("The registry is stopped and its folder removed. Next:")
    console.print(FURTHER)


def run_scenario(ada: Client, ben: Client, folder: Path) -> None:
    """Push models, promote them under a policy, and use the promoted version."""
    step("Train a model on digits, push it as the champion and put it into production")
    first = push(ada, digits.simple(), folder / "simple", alias="champion")
    ada.set_stage(first, "staging")
    ada.set_stage(first, "production", reason="the first version")

    step("Guard production with a policy: two rules and one approval")
    ada.put_policy(RULES, reason="every digit counts")
    say("recall at least 80 %, on no digit 5 points below production; one approval")

    step("Push a better model; the champion stays unchanged")
    hasty = push(ada, digits.hasty(), folder / "hasty")
    show_blocked(ada, hasty)

    step("Fix the cause, and get the approval of a second person")
    model = digits.good()
    better = push(ada, model, folder / "good")
    promote(ada, ben, better)

    step("Move the alias, on the condition that it is unchanged (etag)")
    move_alias(ada, first, better)

    step("Pull the champion into an empty folder and predict with it")
    use(ada, model, folder)

    step("After complaints, roll production back in one call")
    ada.rollback("digits@production", reason="complaints about sevens")
    check(
        f"digits@production is {first.ref} again", ada.resolve("digits@production").ref, first.ref
    )
    check("the champion stays where it is", ada.resolve("digits@champion").ref, better.ref)

    step("Write a report of the version")
    page = folder / "digits.html"
    page.write_text(report.html(ada.report(better)), encoding="utf-8")
    reasons = ("trained on all scans", "looked at every digit", "complaints about sevens")
    found = [reason in page.read_text("utf-8") for reason in reasons]
    check("it has the reasons of request, approval and rollback", all(found), expected=True)
    say(f"as `modelreg report {better.ref} --format html -o {page.name}` writes it")
    show(page)

    step("Divide the readers: 90 % keep the old model, 10 % get the better one")
    divide(ada, first, better)


def push(registry: Client, model: digits.Model, folder: Path, *, alias: str = "") -> Version:
    """Save a model to a folder and push that, with its recall overall and digit by digit."""
    digits.save(model, folder)
    recall, count = digits.recall(model), len(digits.TEST)
    version = registry.push(
        "digits",
        folder,
        alias=alias,
        metrics={"recall": recall},
        slices=digits.slices(model),
        params={"algorithm": type(model).__name__},
        tags={"dataset": "sklearn.datasets.load_digits"},
    )
    worst = min(version.slices, key=lambda part: part.result)
    say(f"[bold]{version.ref}[/]: {type(model).__name__}, recall {recall:.1%} of {count}")
    say(f"hardest slice: digit {worst.value}, {worst.result:.1%} of {worst.count}{span(worst)}")
    return version


def show_blocked(registry: Client, version: Version) -> None:
    """Request the promotion of a version that is much worse on one digit."""
    registry.set_stage(version, "staging")
    try:
        registry.promote(version, "production")
        blocking = []
    except GateRefused as error:
        blocking = [item.subject for item in error.findings if item.blocks]
    say(f"the findings, as in `modelreg check {version.ref} --to production`:")
    console.print(findings(registry.check_transition(version, "production")))
    check(f"promotion of {version.ref} blocked: it is worse on one digit", blocking, ["digit=8"])


def findings(found: TransitionCheck) -> Table:
    """Return the findings as a table, blocking ones first."""
    made = Table("RESULT", "SLICE", "ACTUAL", box=None, padding=(0, 1, 0, 1), pad_edge=True)
    for item in sorted(found.findings, key=lambda finding: not finding.blocks):
        verdict = "[bold red]FAIL[/]" if item.blocks else "[green]PASS[/]"
        made.add_row(f"  {verdict}", item.subject or "all", item.actual)
    return made


def promote(ada: Client, ben: Client, version: Version) -> None:
    """Request a promotion to production, and let another person approve it."""
    ada.set_stage(version, "staging")
    asked = ada.promote(version, "production", reason="trained on all scans")
    check("every rule passes, and an approval is required", asked.is_open, expected=True)
    try:
        ada.approve(asked)
        outcome = "approved"
    except ApprovalNotAllowed as error:
        outcome = error.reason
    check("the requester may not approve", outcome, ApprovalNotAllowed.REASON)
    done = ben.approve(asked, comment="looked at every digit")
    check("a second person approves, which applies it", done.state, TransitionState.APPLIED)
    check(f"digits@production is {version.ref}", ada.resolve("digits@production").ref, version.ref)


def move_alias(registry: Client, first: Version, better: Version) -> None:
    """Move the alias, and look it up now and as of an earlier time."""
    seen = registry.get_alias("digits", "champion")
    registry.set_alias("digits", "champion", better, etag=seen.etag, reason="better on every digit")
    say(f"champion: {seen.version_ref} → {better.ref}, with etag {seen.etag}")
    try:
        registry.set_alias("digits", "champion", first, etag=seen.etag)
        outcome = "moved"
    except EtagMismatch as error:
        outcome = error.reason
    check("a move with the old etag fails", outcome, EtagMismatch.REASON)
    now = registry.resolve("digits@champion")
    before = registry.resolve("digits@champion", as_of=seen.update_time)
    check(f"digits@champion is {now.ref}", now.name, better.name)
    check(f"digits@champion was {before.ref} before the move", before.name, first.name)


def use(registry: Client, model: digits.Model, folder: Path) -> None:
    """Pull the version of the alias and predict with it."""
    pulled = registry.pull("digits@champion", folder / "serving")
    now = registry.resolve("digits@champion")
    registered = {file.path: file.digest for file in registry.list_files(now)}
    check("the files are those that were pushed", hashes(pulled), hashes(folder / "good"))
    check("their SHA-256 match the registry", hashes(pulled), registered)
    read = joblib.load(pulled / "model.joblib").predict(digits.TEST)
    trained = model.predict(digits.TEST)
    check(f"all {len(read)} predictions match the trained model", read, trained)
    say(f"scans of {spelled(digits.TEST_DIGITS)} … are read as {spelled(read)} …")


def divide(registry: Client, old: Version, new: Version) -> None:
    """Give the new version to a tenth of the units, then to half of them, and go back."""
    units = [f"reader-{number}" for number in range(READERS)]
    tenth = set_weights(registry, old, new, 1_000)
    before = arms_of(registry, units)
    say(f"of {READERS} readers {list(before.values()).count('new')} get {new.ref}")
    with registry.router("digits@readers") as router:
        found = {unit: router.route(unit).arm for unit in units}
    check("each reader gets the same again, here without any call", found, before)

    half = set_weights(registry, old, new, 5_000)
    after = arms_of(registry, units)
    moved = {(before[unit], after[unit]) for unit in units if before[unit] != after[unit]}
    check("from 10 % to 50 %: just 40 % move", half.moved_from(tenth), 4_000)
    check("they all move from the old model to the new one", moved, {("old", "new")})

    registry.rollback("digits@readers", reason="complaints about ones")
    check("rolled back, each reader has what it had", arms_of(registry, units), before)


def set_weights(registry: Client, old: Version, new: Version, share: int) -> Route:
    """Set the route of the readers; share: of the new version, in hundredths of a per cent."""
    arms = [
        RouteArm(id="old", version=old.name, weight=10_000 - share),
        RouteArm(id="new", version=new.name, weight=share),
    ]
    return registry.set_route("digits", "readers", arms, "old", unit_kind="reader")


def arms_of(registry: Client, units: Sequence[str]) -> dict[str, str]:
    """Return the arm of each unit, as the registry decides, all at one revision."""
    answers = registry.resolve_units(("digits@readers", unit) for unit in units)
    found = {}
    for unit, answer in zip(units, answers, strict=True):
        if isinstance(answer, RegistryError):
            raise answer
        found[unit] = answer.decision.arm if answer.decision else ""
    return found


def show(page: Path) -> None:
    """Open a page in the user's browser, if there is one, and wait."""
    if sys.stdout.isatty() and sys.stdin.isatty() and has_browser():
        webbrowser.open(page.as_uri())
        console.input("   It is open in your browser. Press Enter to continue and remove it: ")


def has_browser() -> bool:
    """Return whether there is a graphical browser; one in the terminal would take it over."""
    try:
        return type(webbrowser.get()) is not webbrowser.GenericBrowser
    except webbrowser.Error:
        return False


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder, as the registry writes them."""
    return {
        file.name: f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in folder.iterdir()
    }


def modelreg(*words: str) -> None:
    """Run the command line, which gets the registry and the token from the environment."""
    console.print(f"\n   [cyan]modelreg {' '.join(words)}[/]\n")
    subprocess.run([Path(sys.executable).with_name("modelreg"), *words], check=True)


def check(fact: str, found: object, expected: object) -> None:
    """Print a fact with a tick, or exit with 1 if it is not true."""
    if not np.array_equal(found, expected):  # type: ignore[arg-type]
        sys.exit(f"   ✗ {fact}: found {found}, expected {expected}")
    say(f"[green]✓[/] {fact}")


def step(title: str) -> None:
    """Begin a step."""
    console.print(f"\n[bold blue]{next(steps)}[/]  [bold]{title}[/]")


def say(sentence: str) -> None:
    """Print a line under the step."""
    console.print(f"   {sentence}")


def span(part: SliceMetric) -> str:
    """Return the confidence interval of a slice as text."""
    inside = part.interval
    return f" (95 % confidence: {inside.low:.1%} to {inside.high:.1%})" if inside else ""


def spelled(read: digits.Digits) -> str:
    """Return the first few digits as text."""
    return " ".join(map(str, read[:10]))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("interrupted: the registry is stopped and its folder removed")
        sys.exit(130)
