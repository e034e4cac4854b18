"""MLflow's client, as its users have it. A program of MLflow's environment, not of ours."""

import argparse
import json
from pathlib import Path

# Ours has no MLflow: `mlflow_server` installs it elsewhere.
import mlflow.artifacts
from mlflow import MlflowClient

from benchmarks import content
from benchmarks.stopwatch import spent

_EXPERIMENT = "0"
_SMALL = "small.bin"


def _push(client: MlflowClient, source: Path, home: Path, size: int) -> dict[str, float]:
    run = client.create_run(_EXPERIMENT).info.run_id
    content.write_file(home / _SMALL, content.SMALL)
    client.log_artifact(run, str(home / _SMALL))
    content.warm_memory(home, size)
    with spent() as sample:
        client.log_artifact(run, str(source))
    return sample


def _pull(client: MlflowClient, place: Path, home: Path, size: int) -> dict[str, float]:
    run = client.search_runs([_EXPERIMENT], max_results=1)[0].info.run_id  # the newest
    (large,) = (found.path for found in client.list_artifacts(run) if found.path != _SMALL)
    mlflow.artifacts.download_artifacts(run_id=run, artifact_path=_SMALL, dst_path=str(home))
    content.warm_memory(home, size)
    with spent() as sample:
        mlflow.artifacts.download_artifacts(run_id=run, artifact_path=large, dst_path=str(place))
    return sample


def main() -> None:
    """Log a file to a run, or download that of the newest run; print the sample as JSON.

    Something small goes the same way first, so that connecting and late imports are not counted.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("push", "pull"))
    parser.add_argument("target")
    parser.add_argument("path", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("size", type=int)
    given = parser.parse_args()
    mlflow.set_tracking_uri(f"http://{given.target}")
    act = _push if given.action == "push" else _pull
    print(json.dumps(act(MlflowClient(), given.path, given.home, given.size)))


if __name__ == "__main__":
    main()
