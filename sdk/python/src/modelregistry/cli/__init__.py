"""The command line `modelreg`.

It needs the extra `cli` (Typer and Rich); `main` checks for them before it imports them.
"""

import os
import sys
from importlib.util import find_spec

_NEEDS = ("typer", "rich")
_INTERRUPTED = 130


def main() -> None:
    """Run `modelreg` with the arguments of this process, and exit with its code."""
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"error: modelreg needs {' and '.join(missing)}\n"
            "hint: pip install 'modelregistry[cli]'\n"
        )
        raise SystemExit(1)
    # Otherwise gRPC logs failed handshakes to standard error; the errors of calls have the reason.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from modelregistry.cli import standard_streams  # noqa: PLC0415 - as late as what follows

        standard_streams.restore()
        from modelregistry.cli.app import run  # noqa: PLC0415 - needs the checked extra

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # Mostly during imports: a running command handles an interrupt itself.
        code = _INTERRUPTED
    raise SystemExit(code)
