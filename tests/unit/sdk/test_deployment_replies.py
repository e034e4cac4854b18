"""Replies with deployments: what a registry may not say is refused or bounded."""

import threading

import pytest
from google.protobuf.duration_pb2 import Duration

from modelregistry._convert.deployment import interval_from_message, rollout_from_message
from modelregistry.errors import MalformedReply
from modelregistry.v1 import deployment_pb2
from modelregistry.v1 import deployment_service_pb2 as pb

_TTL = 30.0


@pytest.mark.parametrize(
    "seconds, expected", [(315_576_000_000, 20.0), (-1, 0.1), (0, 0.1), (12, 12.0)]
)
def test_heartbeats_are_sent_within_the_time_to_live(seconds: int, expected: float) -> None:
    reply = pb.ReportDeploymentsResponse(heartbeat_interval=Duration(seconds=seconds))
    found = interval_from_message(reply, _TTL)
    assert found == expected
    assert found < threading.TIMEOUT_MAX


@pytest.mark.parametrize("reference", ["", "another@champion", "risk/fraud@champion", "\x1b["])
def test_a_rollout_of_another_model_is_refused(reference: str) -> None:
    rollout = deployment_pb2.Rollout(reference=reference)
    with pytest.raises(MalformedReply, match=r"rollout\.reference"):
        rollout_from_message(pb.GetRolloutResponse(rollout=rollout), "fraud@champion")
