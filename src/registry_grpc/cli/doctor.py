"""`registry-grpc doctor`."""

from dataclasses import asdict

import typer
from rich.text import Text

from registry_grpc.app.doctor.finding import Finding, Result, findings, worst
from registry_grpc.cli.options import FAILED, AsJson
from registry_grpc.cli.server_flags import takes_server_flags
from registry_grpc.cli.terminal import show, write_json
from registry_grpc.config import Settings
from registry_grpc.domain.characters import visible_line

_COLOURS = {Result.PASS: "green", Result.WARN: "yellow", Result.FAIL: "bold red"}


@takes_server_flags
def doctor(settings: Settings, as_json: AsJson = False) -> None:
    """Check database, storage, disks, permissions, TLS, tokens and ports; advise on each problem.

    Takes the flags of `serve`, and can run beside it. Changes nothing; exits with 1 when a check
    fails. Each check takes at most 20 seconds.
    """
    # Imported here: it loads gRPC, which takes a second that other commands need not wait for.
    from registry_grpc.app.doctor import all_checks  # noqa: PLC0415

    found = list(findings(all_checks(settings)))
    if as_json:
        write_json({"result": worst(found), "checks": [asdict(each) for each in found]})
    else:
        show(("result", "check", "found"), map(_row, found))
    if worst(found) is Result.FAIL:
        raise typer.Exit(FAILED)


def _row(finding: Finding) -> tuple[Text, str, Text]:
    text = Text(visible_line(finding.found))
    if finding.advice:
        text.append(f"\n→ {visible_line(finding.advice)}", "dim")
    return Text(finding.result, _COLOURS[finding.result]), finding.check, text
