"""Evaluations, policies and stage graphs in files: the JSON form of their messages (proto3 JSON).

Field names are taken as in the contract or in camel case. What a file says that the contract does
not know is an error that names the field.
"""

from pathlib import Path
from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from modelregistry._convert.evaluation import evaluation_from_message
from modelregistry._convert.policy import policy_from_message, policy_to_message
from modelregistry._convert.stage_graph import stage_graph_from_message, stage_graph_to_message
from modelregistry.cli.parsing import wrong
from modelregistry.types import Evaluation, Policy, StageGraph
from modelregistry.v1 import evaluation_pb2, policy_pb2, stage_graph_pb2

_Read = TypeVar("_Read", bound=Message)


def evaluation(path: Path) -> Evaluation:
    """Return the evaluation in a file; anything else is a usage error that says where it is."""
    return evaluation_from_message(_read("--file", path, evaluation_pb2.Evaluation()))


def policy(path: Path) -> Policy:
    """Return the policy in a file; anything else is a usage error that says where it is."""
    return policy_from_message(_read("FILE", path, policy_pb2.Policy()))


def policy_text(said: Policy) -> str:
    """Return the file that says the same: what the registry says of the policy is left out."""
    message = policy_to_message(said, said.name)
    message.ClearField("etag")
    return json_format.MessageToJson(message, preserving_proto_field_name=True)


def stage_graph(path: Path) -> StageGraph:
    """Return the stage graph in a file; anything else is a usage error that says where it is."""
    return stage_graph_from_message(_read("FILE", path, stage_graph_pb2.StageGraph()))


def stage_graph_text(said: StageGraph) -> str:
    """Return the file that says the same, for any namespace."""
    message = stage_graph_to_message(said, "", "")
    return json_format.MessageToJson(message, preserving_proto_field_name=True)


def _read(option: str, path: Path, message: _Read) -> _Read:
    try:
        return json_format.Parse(path.read_text(encoding="utf-8"), message)
    except OSError as error:
        raise wrong(option, f"{path}: {error.strerror}") from error
    except (json_format.ParseError, ValueError) as error:
        raise wrong(option, f"{path}: {error}") from error
