"""The addresses behind `runs:/…`, which stands for files of a run."""

from collections.abc import Iterator
from typing import Final

from mlflow import MlflowClient
from mlflow.store.artifact.runs_artifact_repo import RunsArtifactRepository
from mlflow.utils.uri import append_to_uri_path

_MOST_PAGES: Final = 100


def addresses(uri: str, tracking_uri: str | None) -> Iterator[str]:
    """Yield the addresses at which the files of an address may be, itself if it is of no run.

    Of `runs:/RUN/NAME` these are the folder in the run's artifacts and, from MLflow 3 on, the model
    of this name that the run has logged. The next one counts if there are no files at the first.
    Raises MlflowException for a run that does not exist.
    """
    if not RunsArtifactRepository.is_runs_uri(uri):
        yield uri
        return
    run_id, path = RunsArtifactRepository.parse_runs_uri(uri)
    client = MlflowClient(tracking_uri)
    run = client.get_run(run_id)
    yield append_to_uri_path(run.info.artifact_uri, path or "")
    name, _, inner = (path or "").partition("/")
    # MLflow 2 has no models apart from the artifacts of runs; its names have no quotes.
    if name and "'" not in name and hasattr(client, "search_logged_models"):
        token = None
        for _ in range(_MOST_PAGES):
            found = client.search_logged_models(
                [run.info.experiment_id], filter_string=f"name = '{name}'", page_token=token
            )
            of_run = [each.artifact_location for each in found if each.source_run_id == run_id]
            if of_run:
                yield append_to_uri_path(of_run[0], inner)
            token = found.token
            if of_run or not token:
                return
