"""Copy Google's .proto files out of the installed googleapis-common-protos wheel.

buf reads no folder outside its workspace and is given no network, so its second module is this
copy (see buf.yaml). protoc is pointed at the same files.
"""

import shutil
import sys
from importlib import metadata
from pathlib import Path

WHEEL = "googleapis-common-protos"
WANTED = ("google/api/", "google/rpc/")


def main(target: Path) -> int:
    """Replace the target folder by the wheel's google.api and google.rpc files."""
    files = [
        file
        for file in metadata.files(WHEEL) or ()
        if file.suffix == ".proto" and str(file).startswith(WANTED)
    ]
    if not files:
        print(f"{WHEEL} carries no .proto file under {' or '.join(WANTED)}", file=sys.stderr)
        return 1
    shutil.rmtree(target, ignore_errors=True)
    for file in files:
        copy = target / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.locate(), copy)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
