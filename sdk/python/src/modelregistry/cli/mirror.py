"""A symbolic link that follows a reference, and the command that runs after each move."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.text import Text

from modelregistry._local.linked_folder import LinkedFolder
from modelregistry.cli import formats, parsing, tables
from modelregistry.cli.session import Session
from modelregistry.types import Version

_NOT_STARTED: Final = 127
"""The exit code of a shell for a command that cannot be started."""


def split_command(text: str | None) -> Sequence[str]:
    """Return the words of a command; a usage error when it is empty or has an open quote."""
    if text is None:
        return ()
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise parsing.wrong("--exec", f"{text!r}: {error}") from error
    if not words:
        raise parsing.wrong("--exec", "is empty")
    return words


class Mirror:
    """Keeps a link at the version that a reference resolves to."""

    def __init__(
        self, session: Session, ref: str, linked: LinkedFolder, command: Sequence[str]
    ) -> None:
        self.ref = ref
        self.linked = linked
        self._session = session
        self._command = command
        self._reported = False

    def update(self, version: Version) -> bool:
        """Move the link to a version, unless it is there, and run the command, unless it succeeded.

        Returns False when the command fails. It is run again after the next move, and by the next
        run of sync.
        """
        place, before = self.linked.folder_of(version), self.linked.current()
        moved = before != place
        if moved:
            self._session.client.pull(version, place)
            self.linked.switch_to(place)
            self.linked.remove_others(place, before)
        previous = before if moved else None
        code = None
        if self._command and (moved or not self.linked.is_done(place)):
            code = self._run(version, place, previous)
        if moved or code is not None or not self._reported:
            self._report(version, place, previous, code)
        return not code

    def _run(self, version: Version, place: Path, previous: Path | None) -> int:
        about = {
            "MODELREG_REF": self.ref,
            "MODELREG_VERSION": version.ref,
            "MODELREG_NUMBER": str(version.number),
            "MODELREG_DIGEST": version.root_digest,
            "MODELREG_PATH": str(place),
            "MODELREG_LINK": str(self.linked.path),
            "MODELREG_PREVIOUS": str(previous or ""),
        }
        # Standard output is for sync itself: with --json it contains nothing else.
        try:
            ran = subprocess.run(  # noqa: S603 - what the user asked for
                self._command,
                env={**os.environ, **about},
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                check=False,
            )
        except OSError as error:
            self._session.output.failure(error, self._session.server)
            return _NOT_STARTED
        if ran.returncode == 0:
            self.linked.set_done(place)
        return ran.returncode

    def _report(
        self, version: Version, place: Path, previous: Path | None, code: int | None
    ) -> None:
        document = {
            "ref": self.ref,
            "version": version,
            "link": self.linked.path,
            "path": place,
            "previous": previous,
            "exit_code": code,
        }
        extent = (
            f"{formats.size(version.size_bytes)} in {formats.count(version.file_count, 'file')}"
        )
        shown = Text.assemble(
            *(formats.clean(self.ref), " is ", tables.name(version.ref), f"  {extent}  at "),
            tables.name(str(self.linked.path)),
        )
        if code:
            shown.append(f"  the command ended with {code}", "red")
        self._session.output.line(document, shown)
        self._reported = True
