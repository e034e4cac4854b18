"""The command line of the server: `registry-grpc`."""

import typer

from registry_grpc.app import DatabaseUrlError, NoRegistryError, NotMigratedError
from registry_grpc.cli.database import check_config, migrate
from registry_grpc.cli.doctor import doctor
from registry_grpc.cli.maintenance import gc, verify
from registry_grpc.cli.namespace import namespace_cli
from registry_grpc.cli.options import FAILED, MISUSED, fail
from registry_grpc.cli.restored import restored
from registry_grpc.cli.serve import serve
from registry_grpc.cli.settle_clock import SETTLE_CLOCK, UNSETTLED, settle_clock
from registry_grpc.cli.token import token_cli
from registry_grpc.config import ConfigError
from registry_grpc.domain.errors import DATABASE_OUTAGES, ClockUnsettled, RegistryError

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
cli.command()(serve)
cli.command()(migrate)
cli.command("check-config")(check_config)
cli.command()(doctor)
cli.add_typer(token_cli, name="token")
cli.add_typer(namespace_cli, name="namespace")
cli.command()(gc)
cli.command()(verify)
cli.command()(restored)
cli.command("settle-clock")(settle_clock)


def main() -> None:
    """Run the command line; every error is one line on stderr and an exit code."""
    try:
        cli()
    except (ConfigError, DatabaseUrlError, NoRegistryError) as error:
        fail(str(error), MISUSED)
    except DATABASE_OUTAGES as error:
        if error.fault is None:
            fail(str(error), FAILED)
        else:
            fail(error.fault.instruction(), error.fault.kind.exit_code)
    except ClockUnsettled as error:
        fail(f"the clock of this machine is in doubt: {error.cause}; {SETTLE_CLOCK}", UNSETTLED)
    except RegistryError as error:
        fail(f"{error.message} ({error.cause})" if error.cause else error.message, FAILED)
    except OSError as error:
        named = error.filename is not None and error.strerror is not None
        fail(f"{error.filename}: {error.strerror}" if named else str(error), FAILED)
    except (NotMigratedError, ValueError) as error:
        fail(str(error), FAILED)
