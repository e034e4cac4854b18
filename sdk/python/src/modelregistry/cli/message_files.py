"""Evaluations, policies, monitors and stage graphs in files, in the JSON form of their messages.

Field names are accepted as in the contract and in camel case. An unknown field is an error that
names it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from google.protobuf import descriptor_pool, json_format
from google.protobuf.message import Message

from modelregistry._convert.checked import REPLY_HAS
from modelregistry._convert.evaluation import evaluation_from_message
from modelregistry._convert.monitor import monitor_from_message, monitor_to_message
from modelregistry._convert.policy import policy_from_message, policy_to_message
from modelregistry._convert.stage_graph import stage_graph_from_message, stage_graph_to_message
from modelregistry._convert.values import NOT_EXACT, is_exact
from modelregistry.cli.parsing import wrong
from modelregistry.errors import MalformedReply
from modelregistry.types import Evaluation, Monitor, Policy, StageGraph
from modelregistry.v1 import evaluation_pb2, monitor_pb2, policy_pb2, stage_graph_pb2

_Read = TypeVar("_Read", bound=Message)
_Named = TypeVar(
    "_Named",
    evaluation_pb2.Evaluation,
    policy_pb2.Policy,
    monitor_pb2.Monitor,
    stage_graph_pb2.StageGraph,
)
_Value = TypeVar("_Value", Evaluation, Policy, Monitor, StageGraph)
_ANY_NAME: Final = "namespaces/-/file"
_UNKNOWN: Final = re.compile(
    r'Message type "(?P<message>[^"]+)" (?P<said>has no field named "[^"]+" at "[^"]+")'
)


def evaluation(path: Path) -> Evaluation:
    """Return the evaluation in a file; a usage error names the position of anything else."""
    message = read("--file", path, evaluation_pb2.Evaluation())
    return _converted("--file", path, message, evaluation_from_message)


def policy(path: Path) -> Policy:
    """Return the policy in a file; a usage error names the position of anything else."""
    message = read("FILE", path, policy_pb2.Policy())
    return _converted("FILE", path, message, policy_from_message)


def policy_text(said: Policy) -> str:
    """Return a policy in the file format, without output-only fields."""
    message = policy_to_message(said, said.name)
    message.ClearField("etag")
    return json_format.MessageToJson(message, preserving_proto_field_name=True)


def monitor(path: Path) -> Monitor:
    """Return the monitor in a file; a usage error names the position of anything else."""
    message = read("FILE", path, monitor_pb2.Monitor())
    return _converted("FILE", path, message, monitor_from_message)


def monitor_text(said: Monitor) -> str:
    """Return a monitor in the file format, without output-only fields."""
    message = monitor_to_message(said, said.name)
    message.ClearField("etag")
    return json_format.MessageToJson(message, preserving_proto_field_name=True)


def stage_graph(path: Path) -> StageGraph:
    """Return the stage graph in a file; a usage error names the position of anything else."""
    message = read("FILE", path, stage_graph_pb2.StageGraph())
    return _converted("FILE", path, message, stage_graph_from_message)


def stage_graph_text(said: StageGraph) -> str:
    """Return a stage graph in the file format, for any namespace."""
    message = stage_graph_to_message(said, "", "")
    return json_format.MessageToJson(message, preserving_proto_field_name=True)


def _converted(
    option: str, path: Path, message: _Named, convert: Callable[[_Named], _Value]
) -> _Value:
    # The name of a reply is checked. A file may have none, or only the id.
    name, message.name = message.name, _ANY_NAME
    try:
        return replace(convert(message), name=name)
    except MalformedReply as error:  # replies and files have the same checks
        problem = error.message.removeprefix(REPLY_HAS)
        raise wrong(option, f"{path} has {problem}") from error


def read(option: str, path: Path, message: _Read) -> _Read:
    """Read a message in its JSON form; a usage error of `option` for anything else."""
    try:
        text = path.read_text(encoding="utf-8")
        if not isinstance(json.loads(text, parse_int=_exact), dict):
            raise wrong(option, f"{path}: must be an object")
        return json_format.Parse(text, message)
    except OSError as error:
        raise wrong(option, f"{path}: {error.strerror}") from error
    except json_format.ParseError as error:
        raise wrong(option, f"{path}: {_problem(error)}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise wrong(option, f"{path} is not JSON: {error}") from error
    except ValueError as error:
        raise wrong(option, f"{path}: {error}") from error


def _exact(digits: str) -> int:
    """Return an integer; raise ValueError for one that a double would round."""
    if not is_exact(value := int(digits)):
        message = f"{digits[:40]} {NOT_EXACT}"
        raise ValueError(message)
    return value


def _problem(error: json_format.ParseError) -> str:
    """Return protobuf's message; for an unknown field also the known ones."""
    said = str(error)
    if unknown := _UNKNOWN.match(said):
        known = descriptor_pool.Default().FindMessageTypeByName(unknown["message"]).fields
        return f"{unknown['said']}; known are {', '.join(field.name for field in known)}"
    return said
