"""The registry in two minutes: `make quickstart`.

Trains three real models and keeps them in a registry of its own. One of them would be better on the
whole and worse for some, so rules keep it out of production; another gets in once a second person
agrees, is served, and is taken back; its report tells all of it. What is printed with a tick was
checked; a check that fails ends it with exit code 1. It leaves nothing running and nothing behind.
"""

import hashlib
import itertools
import subprocess
import sys
import webbrowser
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
    Rule,
    SliceMetric,
    TransitionCheck,
    TransitionState,
    Version,
    report,
)
from modelregistry.errors import ApprovalNotAllowed, EtagMismatch, GateRefused

FURTHER = """
   [cyan]make serve[/]                    a registry that stays, at localhost:50051
   [cyan].venv/bin/modelreg --help[/]     push and pull from the shell
   [cyan]examples/quickstart.py[/]        what you just saw, to read and to change
   [cyan]README.md[/]                     the same with grpcurl, and the map of the code
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

console = Console(highlight=False, soft_wrap=True)
steps = itertools.count(1)


def main() -> None:
    """Start a registry, tell the story, show the tables, and clean up."""
    step("A registry starts")
    with local_registry() as server, TemporaryDirectory(prefix="quickstart-") as folder:
        say(f"on {server}, with SQLite and files in a temporary folder")
        tokens = new_token("ada", "admin", own=True), new_token("ben", "approver")
        with Client(server, token=tokens[0]) as ada, Client(server, token=tokens[1]) as ben:
            tell(ada, ben, Path(folder))
        step("The command line shows the same")
        modelreg("versions", "list", "digits")
        modelreg("alias", "history", "digits", "champion")
        modelreg("stage", "history", "digits")
    step("The registry is stopped and its folder removed. To look further:")
    console.print(FURTHER)


def tell(ada: Client, ben: Client, folder: Path) -> None:
    """Push models, let rules and people decide, and use what was decided."""
    step("A model learns to read digits, is pushed as the champion and serves")
    first = push(ada, digits.simple(), folder / "simple", alias="champion")
    ada.set_stage(first, "staging")
    ada.set_stage(first, "production", reason="nothing else is there")

    step("From now on rules guard production, and a second person")
    ada.put_policy(RULES, reason="it must serve everybody")
    say("80 % right, on no digit 5 points worse than what serves, and one approval")

    step("A better model is pushed; the champion stays as it is")
    hasty = push(ada, digits.hasty(), folder / "hasty")
    refuse(ada, hasty)

    step("The cause is found and mended, and a second person agrees")
    model = digits.good()
    better = push(ada, model, folder / "good")
    promote(ada, ben, better)

    step("The alias moves, on the condition that it is where we saw it")
    name(ada, first, better)

    step("The champion is pulled into an empty folder and used")
    use(ada, model, folder)

    step("Somebody complains: production goes back, in one call")
    ada.rollback("digits@production", reason="complaints about sevens")
    check(
        f"digits@production is {first.ref} again", ada.resolve("digits@production").ref, first.ref
    )
    check("the champion stays where it is", ada.resolve("digits@champion").ref, better.ref)

    step("Everything that is known of a version becomes a page")
    page = folder / "digits.html"
    page.write_text(report.html(ada.report(better)), encoding="utf-8")
    reasons = ("learned from all scans", "looked at every digit", "complaints about sevens")
    told = [reason in page.read_text("utf-8") for reason in reasons]
    check("why it was asked for, approved and taken back is on it", all(told), expected=True)
    say(f"as `modelreg report {better.ref} --format html -o {page.name}` writes it")
    show(page)


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
    say(f"[bold]{version.ref}[/]: {type(model).__name__}, {recall:.1%} of {count} right")
    say(f"hardest slice: digit {worst.value}, {worst.result:.1%} of {worst.count}{span(worst)}")
    return version


def refuse(registry: Client, version: Version) -> None:
    """Ask for a version to enter production that reads one digit much worse."""
    registry.set_stage(version, "staging")
    try:
        registry.promote(version, "production")
        refusing = []
    except GateRefused as error:
        refusing = [item.subject for item in error.findings if item.refuses]
    say(f"the findings, as in `modelreg check {version.ref} --to production`:")
    console.print(findings(registry.check_transition(version, "production")))
    check(f"{version.ref} is refused: it reads one digit worse", refusing, ["digit=8"])


def findings(found: TransitionCheck) -> Table:
    """Return the findings as a table, those that block the promotion first."""
    made = Table("RESULT", "SLICE", "ACTUAL", box=None, padding=(0, 1, 0, 1), pad_edge=True)
    for item in sorted(found.findings, key=lambda finding: not finding.refuses):
        verdict = "[bold red]FAIL[/]" if item.refuses else "[green]PASS[/]"
        made.add_row(f"  {verdict}", item.subject or "all", item.actual)
    return made


def promote(ada: Client, ben: Client, version: Version) -> None:
    """Ask for a version to enter production, and let somebody else agree."""
    ada.set_stage(version, "staging")
    asked = ada.promote(version, "production", reason="learned from all scans")
    check("the rules let it pass, and wait for a person", asked.is_open, expected=True)
    try:
        ada.approve(asked)
        outcome = "approved"
    except ApprovalNotAllowed as error:
        outcome = error.reason
    check("who asks may not approve", outcome, ApprovalNotAllowed.REASON)
    done = ben.approve(asked, comment="looked at every digit")
    check("a second person approves, and it is done", done.state, TransitionState.APPLIED)
    check(f"digits@production is {version.ref}", ada.resolve("digits@production").ref, version.ref)


def name(registry: Client, first: Version, better: Version) -> None:
    """Move the alias, and look it up now and as of before."""
    seen = registry.get_alias("digits", "champion")
    registry.set_alias("digits", "champion", better, etag=seen.etag, reason="reads better")
    say(f"champion: {seen.version_ref} → {better.ref}, given etag {seen.etag}")
    try:
        registry.set_alias("digits", "champion", first, etag=seen.etag)
        outcome = "moved"
    except EtagMismatch as error:
        outcome = error.reason
    check("who still has the old etag is refused, and nothing moves", outcome, EtagMismatch.REASON)
    now = registry.resolve("digits@champion")
    before = registry.resolve("digits@champion", as_of=seen.update_time)
    check(f"digits@champion is {now.ref}", now.name, better.name)
    check(f"digits@champion was {before.ref} before the move", before.name, first.name)


def use(registry: Client, model: digits.Model, folder: Path) -> None:
    """Pull what the alias names and predict with it."""
    pulled = registry.pull("digits@champion", folder / "serving")
    now = registry.resolve("digits@champion")
    registered = {file.path: file.digest for file in registry.list_files(now)}
    check("the bytes are those that were trained", hashes(pulled), hashes(folder / "good"))
    check("their SHA-256 are those in the registry", hashes(pulled), registered)
    read = joblib.load(pulled / "model.joblib").predict(digits.TEST)
    trained = model.predict(digits.TEST)
    check(f"all {len(read)} predictions are those of the trained model", read, trained)
    say(f"scans of {spelled(digits.TEST_DIGITS)} … are read as {spelled(read)} …")


def show(page: Path) -> None:
    """Open a page where somebody sits in front of a browser, and let them read."""
    if sys.stdout.isatty() and sys.stdin.isatty() and has_browser():
        webbrowser.open(page.as_uri())
        console.input("   It is open in your browser. Enter goes on, and removes it: ")


def has_browser() -> bool:
    """Whether there is a browser with a window of its own; those of a terminal would take ours."""
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
    """Run the command line, which finds this registry and its token by variables."""
    console.print(f"\n   [cyan]modelreg {' '.join(words)}[/]\n")
    subprocess.run([Path(sys.executable).with_name("modelreg"), *words], check=True)


def check(fact: str, found: object, expected: object) -> None:
    """Print a fact with a tick, or end the program where it is not one."""
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
