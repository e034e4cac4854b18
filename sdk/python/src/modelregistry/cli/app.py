"""The program: all commands, and the exit code of a run."""

import inspect
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Any, Final, cast

import typer

from modelregistry.cli import (
    alias,
    attestations,
    audit,
    copies,
    dataset_uses,
    deployments,
    drift,
    ensemble,
    evaluations,
    failures,
    imports,
    lineage,
    models,
    monitors,
    namespaces,
    policies,
    production,
    promotion,
    report,
    resolve,
    rollout,
    route,
    schema,
    signals,
    stage,
    sync,
    transfer,
    transitions,
    uploads,
    version_diff,
    version_states,
    versions,
    watch,
)
from modelregistry.cli.output import Output
from modelregistry.cli.session import SHARED, shared_options
from modelregistry.cli.standard_streams import OutputFailed, flush_output, writing_output
from modelregistry.errors import Cancelled, RegistryError

_USAGE_ERROR: Final = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""The base class of Typer's usage errors, of which it exports only this subclass."""

app: Final = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=failures.codes_text(failures.MEANINGS),
)
transfer.register(app)
resolve.register(app)
copies.register(app)
sync.register(app)
promotion.register(app)
evaluations.register(app)
attestations.register(app)
watch.register(app)
audit.register(app)
lineage.register(app)
report.register(app)
drift.register(app)
production.register(app)
app.add_typer(models.group, name="models")
version_states.register(versions.group)
dataset_uses.register(versions.group)
version_diff.register(versions.group)
app.add_typer(versions.group, name="versions")
app.add_typer(alias.group, name="alias")
app.add_typer(route.group, name="route")
app.add_typer(deployments.group, name="deployments")
app.add_typer(rollout.group, name="rollout")
app.add_typer(ensemble.group, name="ensemble")
app.add_typer(signals.group, name="signals")
app.add_typer(monitors.group, name="monitors")
app.add_typer(stage.group, name="stage")
app.add_typer(transitions.group, name="transitions")
app.add_typer(schema.group, name="schema")
app.add_typer(policies.group, name="policy")
app.add_typer(namespaces.group, name="namespaces")
app.add_typer(uploads.group, name="uploads")
app.add_typer(imports.group, name="import")


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Only a bug raises."""
    output = Output(as_json="--json" in arguments)
    try:
        with writing_output():
            ended = app(list(arguments), prog_name="modelreg", standalone_mode=False)
            flush_output()  # of a help text, which nothing else flushes before the exit
    except BrokenPipeError:
        return failures.FAILED
    except OutputFailed as error:
        output.failure(error, "")
        return failures.FAILED
    except _USAGE_ERROR as error:
        return _misused(error, output)
    except typer.Abort:
        output.failure(Cancelled("interrupted", reason="INTERRUPTED"), "")
        return failures.INTERRUPTED
    return ended if isinstance(ended, int) else failures.OK


def _misused(error: typer.BadParameter, output: Output) -> int:
    if type(error).__name__ != "NoArgsIsHelpError":  # then the help is printed already
        output.failure(RegistryError(error.format_message(), reason="USAGE"), "")
        command = error.ctx.command_path if error.ctx else "modelreg"
        output.note(f"hint: {command} --help")
    return failures.USAGE


def _version(asked: bool) -> None:
    if asked:
        Output().text(f"modelreg {metadata.version('modelregistry')}")
        raise typer.Exit


def root(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - the callback handles it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    **shared: Any,  # noqa: ANN401 - as declared by shared_options
) -> None:
    """Push, find, promote and pull trained models in a registry.

    The options below are accepted before and after any command.
    """
    context.obj = shared_options(**shared)


_declared = list(inspect.signature(root).parameters.values())[:-1]
root.__signature__ = inspect.Signature([*_declared, *SHARED])  # type: ignore[attr-defined]
app.callback()(root)
