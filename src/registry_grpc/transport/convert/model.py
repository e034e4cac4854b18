"""Models to and from messages."""

from collections.abc import Mapping

from modelregistry.v1 import model_pb2
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.transport.convert.time import timestamp


def model_message(model: Model) -> model_pb2.Model:
    """Return the message."""
    return model_pb2.Model(
        name=str(model.name),
        uid=str(model.uid),
        description=model.draft.description,
        labels=model.draft.labels,
        owner=model.draft.owner,
        etag=model.etag,
        create_time=timestamp(model.create_time),
        update_time=timestamp(model.update_time),
        delete_time=timestamp(model.delete_time),
        purge_time=timestamp(model.purge_time),
        creator=model.creator,
        revision=model.revision,
        latest_version=model.latest,
        annotations=model.annotations.pairs,
        activity_time=timestamp(model.activity_time),
    )


def draft_fields(message: model_pb2.Model) -> Mapping[str, object]:
    """Return the fields that people write, by name, except the maps."""
    return {
        "description": message.description,
        "owner": message.owner,
    }


def model_draft(message: model_pb2.Model) -> ModelDraft:
    """Return the parts that people write."""
    return ModelDraft(message.description, dict(message.labels), message.owner)
