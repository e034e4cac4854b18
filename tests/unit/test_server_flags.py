"""`check-config` and `doctor` accept what `serve` accepts."""

from dataclasses import fields

import pytest
import typer

from registry_grpc.cli import cli
from registry_grpc.config import Settings

COMMANDS = typer.main.get_group(cli).commands


def options_of(name: str) -> set[str]:
    """The options of a command, without those that are not shown."""
    return {
        option
        for parameter in COMMANDS[name].params
        if not getattr(parameter, "hidden", False)
        for option in parameter.opts
    }


def test_every_setting_is_a_flag_of_serve() -> None:
    flags = {f"--{field.name.replace('_', '-')}" for field in fields(Settings)}
    assert flags <= options_of("serve")


@pytest.mark.parametrize("name", ["check-config", "doctor"])
def test_a_command_that_checks_takes_the_flags_of_serve(name: str) -> None:
    assert options_of("serve") <= options_of(name)
