"""The command line of the registry's users: `modelreg`.

It needs the extra `cli` (Typer and Rich); nothing is imported of them before `main` has looked.
"""

import sys
from importlib.util import find_spec

_NEEDS = ("typer", "rich")
_INTERRUPTED = 130


def main() -> None:
    """Run `modelreg` with the arguments of this process, and exit as it says."""
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"error: modelreg needs {' and '.join(missing)}\n"
            "hint: pip install 'modelregistry[cli]'\n"
        )
        raise SystemExit(1)
    try:
        from modelregistry.cli.app import run  # noqa: PLC0415 - needs the extra that was looked for

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # While it is being loaded, mostly: later a command says itself what was interrupted.
        code = _INTERRUPTED
    raise SystemExit(code)
