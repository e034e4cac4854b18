"""Errors on the command line: exit codes, sentences, hints."""

import errno

import pytest

from modelregistry import errors
from modelregistry.cli import failures
from modelregistry.errors import Violation, descendants

FRAUD = "namespaces/risk/models/fraud"


@pytest.mark.parametrize(
    "error,code",
    [
        (errors.VersionInUse("m"), 1),
        (errors.EtagMismatch("m"), 1),
        (errors.ModelAlreadyExists("m"), 1),
        (errors.StorageFull("m"), 1),
        (errors.InternalError("m"), 1),
        (errors.TargetRefused("m"), 1),
        (errors.CommitUnknown("m"), 6),
        (PermissionError(errno.EACCES, "Permission denied", "x"), 1),
        (errors.InvalidRequest("m"), 2),
        (errors.ConfigurationError("m"), 2),
        (errors.ModelNotFound("m"), 3),
        (errors.StageEmpty("m"), 3),
        (errors.NotFound("m"), 3),
        (errors.TokenRequired("m"), 4),
        (errors.PermissionDenied("m"), 4),
        (errors.Unavailable("m"), 5),
        (errors.ServerDraining("m"), 5),
        (errors.DeadlineExceeded("m"), 5),
        (errors.ServerOverloaded("m"), 5),
    ],
)
def test_every_kind_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert failures.exit_code(error) == code


def test_every_command_belongs_to_an_error_that_can_happen_and_has_a_hint() -> None:
    hints = {failures.reason(kind("m")): kind.hint for kind in descendants()}
    hints["INTERRUPTED"] = errors.Cancelled.hint
    assert [reason for reason in failures.COMMANDS if not hints[reason]] == []


def test_every_error_can_be_told() -> None:
    for kind in descendants():
        printed = list(failures.lines(kind("what happened"), "registry.example:443"))
        assert printed[0].startswith("error: ")
        assert "{" not in "".join(printed)
        assert len(printed) <= 2


@pytest.mark.parametrize(
    "resource,model",
    [
        (f"{FRAUD}/aliases/x", "risk/fraud"),
        ("namespaces/default/models/fraud", "fraud"),
        ("risk/fraud/7", "risk/fraud"),
        ("fraud/7", "fraud"),
        ("risk/fraud@champion", "risk/fraud"),
        ("namespaces/risk", "MODEL"),
        ("", "MODEL"),
    ],
)
def test_a_hint_names_the_model_however_the_resource_is_written(resource: str, model: str) -> None:
    error = errors.VersionNotFound("none", metadata={"resource": resource})
    hint = f"list the versions of the model: `modelreg versions list {model}`"
    assert failures.hint_for(error, "") == hint


def test_a_hint_names_the_model_that_the_error_is_about() -> None:
    error = errors.AliasNotFound("no such alias", metadata={"resource": f"{FRAUD}/aliases/x"})
    hint = "list the aliases of the model: `modelreg alias list risk/fraud`"
    assert failures.hint_for(error, "") == hint
    assert "list MODEL`" in failures.hint_for(errors.AliasNotFound("no such alias"), "")


def test_braces_in_what_the_server_says_are_only_text() -> None:
    error = errors.ModelDeleted("gone {server}", metadata={"resource": FRAUD + "/{x}"})
    assert next(failures.lines(error, "s")) == "error: gone {server}"


def test_an_unreachable_registry_is_named() -> None:
    printed = list(failures.lines(errors.DeadlineExceeded("Deadline Exceeded"), "registry:443"))
    assert printed[0] == "error: registry:443 did not answer in time"
    assert "registry:443" in printed[1]


def test_violations_are_listed_unless_the_sentence_has_them() -> None:
    wrong = [Violation("labels", "too many"), Violation("owner", "too long")]
    printed = list(failures.lines(errors.InvalidRequest("labels: too many", violations=wrong), ""))
    hint = "hint: correct the fields that the violations list"
    assert printed == ["error: labels: too many", "  owner: too long", hint]


def test_an_error_with_an_unknown_reason_has_the_hint_of_its_kind() -> None:
    newer = errors.Unavailable("not now", reason="NEWER")
    assert failures.hint_for(newer, "s") == "nothing changed; try again in a moment"


def test_a_call_that_was_cancelled_in_doubt_has_the_hint_to_settle_it() -> None:
    error = errors.Cancelled("m", reason="INTERRUPTED", metadata={"request_id": "r-7"})
    assert failures.hint_for(error, "") == (
        "repeat the request with the same request id; it takes effect once: "
        "run the same command again with --request-id r-7"
    )
    assert "--request-id" not in failures.hint_for(errors.Cancelled("m"), "")


def test_a_bug_of_the_server_comes_with_what_finds_it_in_the_log() -> None:
    error = errors.InternalError("internal error", metadata={"incident_id": "i-7"})
    assert "(incident i-7)" in failures.hint_for(error, "")


def test_a_message_cannot_steer_the_terminal() -> None:
    printed = list(failures.lines(errors.UnknownError("\x1b[2Jgone"), ""))
    assert printed[0] == "error: \\x1b[2Jgone"


def test_reasons_are_stable_names_also_where_the_registry_gave_none() -> None:
    assert failures.reason(errors.ModelNotFound("m")) == "MODEL_NOT_FOUND"
    assert failures.reason(errors.TargetRefused("m")) == "TARGET_REFUSED"
    assert failures.reason(errors.Unavailable("m")) == "UNAVAILABLE"
    assert failures.reason(errors.ModelNotFound("m", reason="NEWER")) == "NEWER"
    assert failures.reason(FileNotFoundError(errno.ENOENT, "No such file")) == "OS_ERROR"


def test_the_document_of_an_error_always_has_the_same_fields() -> None:
    error = errors.EtagMismatch("m", metadata={"resource": FRAUD}, violations=[Violation("a", "b")])
    assert failures.document(error) == {
        "reason": "ETAG_MISMATCH",
        "message": "m",
        "metadata": {"resource": FRAUD},
        "violations": (Violation("a", "b"),),
    }
    local = failures.document(OSError(errno.ENOSPC, "No space left", "/models"))
    assert local == {
        "reason": "OS_ERROR",
        "message": "/models: No space left",
        "metadata": {},
        "violations": (),
    }
