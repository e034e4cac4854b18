"""The registry in a minute: `make quickstart`.

Trains two real models, keeps them in a registry of its own, and gets the better one back out the
way an inference server would. What it prints with a tick it has checked; a check that fails ends it
with exit code 1. It leaves nothing running and nothing behind.
"""

import hashlib
import itertools
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import numpy.typing as npt
from local_registry import local_registry
from rich.console import Console
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from modelregistry import Client, ConfidenceInterval, SliceMetric, Version
from modelregistry.errors import EtagMismatch

FURTHER = """
   [cyan]make serve[/]                    a registry that stays, at localhost:50051
   [cyan].venv/bin/modelreg --help[/]     push and pull from the shell
   [cyan]examples/quickstart.py[/]        what you just saw, to read and to change
   [cyan]README.md[/]                     the same with grpcurl, and the map of the code
"""

# 1,797 scanned digits that scikit-learn ships: 64 grey values each, and what was written.
LEARN, TEST, LEARN_DIGITS, TEST_DIGITS = train_test_split(
    *load_digits(return_X_y=True), random_state=7
)

console = Console(highlight=False, soft_wrap=True)
steps = itertools.count(1)


def main() -> None:
    """Start a registry, tell the story, show the tables, and clean up."""
    step("A registry starts")
    with local_registry() as server, TemporaryDirectory(prefix="quickstart-") as folder:
        say(f"on {server}, with SQLite and files in a temporary folder")
        with Client(server) as registry:
            tell(registry, Path(folder))
        step("The command line shows the same")
        modelreg("models", "list")
        modelreg("versions", "list", "digits")
        modelreg("alias", "history", "digits", "champion")
    step("The registry is stopped and its folder removed. To look further:")
    console.print(FURTHER)


def tell(registry: Client, folder: Path) -> None:
    """Push two models, move the alias from one to the other, and use what it names."""
    step("A model learns to read digits and is pushed as the champion")
    simple = GaussianNB().fit(LEARN, LEARN_DIGITS)
    first = push(registry, simple, folder / "simple", alias="champion")

    step("A better one is pushed; the champion stays as it is")
    good = SVC(gamma=0.001).fit(LEARN, LEARN_DIGITS)
    better = push(registry, good, folder / "good")

    step("The alias moves, on the condition that it is where we saw it")
    seen = registry.get_alias("digits", "champion")
    registry.set_alias("digits", "champion", better, etag=seen.etag, reason="reads better")
    say(f"champion: {seen.version_ref} → {better.ref}, given etag {seen.etag}")
    try:
        registry.set_alias("digits", "champion", first, etag=seen.etag)
        outcome = "moved"
    except EtagMismatch as error:
        outcome = error.reason
    check("who still has the old etag is refused, and nothing moves", outcome, "ETAG_MISMATCH")

    step("The alias is looked up, now and as of before")
    now = registry.resolve("digits@champion")
    before = registry.resolve("digits@champion", as_of=seen.update_time)
    check(f"digits@champion is {now.ref}", now.name, better.name)
    check(f"digits@champion was {before.ref} before the move", before.name, first.name)

    step("The champion is pulled into an empty folder and used")
    pulled = registry.pull("digits@champion", folder / "serving")
    registered = {file.path: file.digest for file in registry.list_files(now)}
    check("the bytes are those that were trained", digests(pulled), digests(folder / "good"))
    check("their SHA-256 are those in the registry", digests(pulled), registered)
    served = joblib.load(pulled / "model.joblib").predict(TEST)
    check(f"all {len(TEST)} predictions are those of the trained model", served, good.predict(TEST))
    say(f"scans of {spelled(TEST_DIGITS)} … are read as {spelled(served)} …")


def push(registry: Client, model: GaussianNB | SVC, folder: Path, *, alias: str = "") -> Version:
    """Save a model to a folder and push that, with its accuracy overall and digit by digit."""
    folder.mkdir()
    joblib.dump(model, folder / "model.joblib")
    (folder / "README.md").write_text("Reads a digit from 64 grey values of 0 to 16.\n")
    right = model.predict(TEST) == TEST_DIGITS
    version = registry.push(
        "digits",
        folder,
        alias=alias,
        metrics={"accuracy": float(right.mean())},
        slices=[accuracy_on(digit, right[digit == TEST_DIGITS]) for digit in range(10)],
        params={"algorithm": type(model).__name__},
        tags={"dataset": "sklearn.datasets.load_digits"},
    )
    worst = min(version.slices, key=lambda part: part.result)
    say(f"[bold]{version.ref}[/]: {type(model).__name__}, {right.mean():.1%} of {len(TEST)} right")
    say(f"hardest slice: digit {worst.value}, {worst.result:.1%} of {worst.count}{span(worst)}")
    return version


def accuracy_on(digit: int, right: npt.NDArray[np.bool_]) -> SliceMetric:
    """Return the accuracy on one digit with its 95 % confidence interval, by Wilson's formula."""
    n, p, z = len(right), float(right.mean()), 1.96
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    margin = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    return SliceMetric(
        dimension="digit",
        value=str(digit),
        metric="accuracy",
        result=p,
        count=n,
        interval=ConfidenceInterval(low=centre - margin, high=centre + margin, level=0.95),
    )


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder, as the registry writes them."""
    return {
        file.name: f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in folder.iterdir()
    }


def modelreg(*words: str) -> None:
    """Run the command line, which finds this registry by the variable MODELREG_SERVER."""
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


def spelled(digits: npt.NDArray[np.int64]) -> str:
    """Return the first few digits as text."""
    return " ".join(map(str, digits[:10]))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("interrupted: the registry is stopped and its folder removed")
        sys.exit(130)
