"""A small, strict Google Cloud Storage: the part of its JSON API that a blob store needs.

It rejects requests that the real one rejects (gaps, odd chunk sizes, wrong totals, wrong checksums,
broken preconditions), ignores overlapping bytes that it has already without comparing them, and
never completes an upload because of a status request. `gcs_fake_http` serves it.
"""

import base64
import itertools
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import RLock

import google_crc32c

from tests.support.gcs_fake_faults import (
    Answer,
    AnswerAfter,
    AnswerWith,
    CutBody,
    DropReply,
    DropRequest,
    Fault,
    FaultQueue,
    FlipBit,
    HideRange,
    KeepOnly,
    LoseSession,
    OmitFields,
    ShortBody,
    SomebodyElseDeletes,
    SomebodyElsePublishes,
    Step,
)
from tests.support.gcs_fake_signed import ServiceAccount

QUANTUM = 256 * 1024
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(frozen=True)
class Request:
    step: Step
    name: str  # of the object, or of the session
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None  # close the connection after so many bytes of the body


@dataclass(frozen=True)
class Stored:
    name: str
    body: bytes
    generation: int
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def crc32c(self) -> str:
        return base64.b64encode(google_crc32c.value(self.body).to_bytes(4, "big")).decode()

    def fields(self) -> dict[str, str]:
        return {
            "name": self.name,
            "size": str(len(self.body)),
            "generation": str(self.generation),
            "crc32c": self.crc32c,
            "updated": self.updated.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }

    def resource(self) -> Reply:
        return _json(self.fields())


@dataclass
class Session:
    name: str
    create_only: bool
    declared: int | None
    data: bytearray = field(default_factory=bytearray)
    end: Reply | None = None  # what every later request gets


class GcsFake:
    """One bucket. Every published state of it is in `objects`.

    account: the one whose signed addresses are served, if any. page: objects in each list.
    """

    def __init__(self, account: ServiceAccount | None = None, page: int = 2) -> None:
        self.account = account
        self.faults = FaultQueue()
        self.objects: dict[str, Stored] = {}
        self.sessions: dict[str, Session] = {}
        self.seen: list[Request] = []
        self._page = page
        self.rewrite_steps = 1
        """The number of requests that it takes to copy an object."""
        self._lock = RLock()
        self._generations = itertools.count(1_700_000_000_000_000)

    def open_sessions(self) -> list[str]:
        """Return the objects whose upload was neither finished nor given up."""
        return [session.name for session in self.sessions.values() if session.end is None]

    def handle(self, request: Request) -> Reply | None:
        """Answer; None closes the connection without an answer."""
        fault = self.faults.take(request.step)
        with self._lock:
            self.seen.append(request)
            match fault:
                case Answer(status):
                    return error(status, "ordered by the test")
                case DropRequest():
                    return None
                case _:
                    reply = self._do(self._disturbed_before(request, fault))
                    return _disturbed_after(reply, fault, request.step)

    def _disturbed_before(self, request: Request, fault: Fault | None) -> Request:
        match fault:
            case LoseSession(status):
                self.sessions[request.name].end = error(status, "the session is lost")
            case SomebodyElsePublishes(body):
                self.publish(self.sessions[request.name].name, body)
            case SomebodyElseDeletes():
                del self.objects[request.name]
            case FlipBit() if request.body:
                return replace(request, body=_flipped(request.body))
            case KeepOnly(count):
                return _shortened(request, count)
        return request

    def publish(self, name: str, body: bytes) -> Stored:
        """Put an object there, as another client of the bucket might."""
        stored = Stored(name, body, next(self._generations))
        self.objects[name] = stored
        return stored

    def _do(self, request: Request) -> Reply:
        match request.step:
            case Step.START:
                return self._start(request)
            case Step.PUT | Step.FINISH | Step.QUERY | Step.CANCEL:
                return self._on_session(request)
            case Step.STAT:
                found = self.objects.get(request.name)
                return found.resource() if found else error(404, "No such object")
            case Step.MEDIA:
                return self._media(request)
            case Step.DELETE:
                return self._delete(request)
            case Step.LIST | Step.REWRITE:
                listed = request.step is Step.LIST
                return self._list(request) if listed else self._rewrite(request)

    def _start(self, request: Request) -> Reply:
        create_only = request.query.get("ifGenerationMatch") == "0"
        if create_only and request.name in self.objects:
            return conflict()
        declared = request.headers.get("x-upload-content-length")
        size = None if declared is None else int(declared)
        address = f"session-{len(self.sessions)}"
        self.sessions[address] = Session(request.name, create_only, size)
        return Reply(200, {"Location": address})

    def _on_session(self, request: Request) -> Reply:
        session = self.sessions.get(request.name)
        if session is None:
            return error(404, "No such upload")
        if session.end is not None:
            return session.end
        if request.step is Step.CANCEL:
            session.end = error(499, "Client Closed Request")
            return session.end
        return self._put(session, request)

    def _put(self, session: Session, request: Request) -> Reply:
        span = _CONTENT_RANGE.fullmatch(request.headers.get("content-range", ""))
        if span is None:
            return error(400, "Content-Range is missing or malformed")
        total = None if span[3] == "*" else int(span[3])
        first, size = int(span[1] or 0), len(request.body)
        if size != (int(span[2]) + 1 - first if span[1] else 0):
            return error(400, "Content-Range does not agree with the body")
        wrong = _wrong_chunk(session, first, size, total)
        if wrong:
            return error(400, wrong)
        session.data += request.body[len(session.data) - first :] if size else b""
        if total is not None and len(session.data) == total:
            session.end = self._finish(session, request.headers)
            return session.end
        last = len(session.data) - 1
        return Reply(308, {"Range": f"bytes=0-{last}"} if session.data else {})

    def _finish(self, session: Session, headers: dict[str, str]) -> Reply:
        if session.create_only and session.name in self.objects:
            return conflict()
        candidate = Stored(session.name, bytes(session.data), 0)
        claimed = headers.get("x-goog-hash", "")
        if claimed and claimed != f"crc32c={candidate.crc32c}":
            text = f"Provided CRC32C {claimed} doesn't match calculated CRC32C {candidate.crc32c}."
            return error(400, text)
        return self.publish(session.name, candidate.body).resource()

    def _media(self, request: Request) -> Reply:
        found = self.objects.get(request.name)
        wanted = request.query.get("generation")
        if found is None or (wanted is not None and int(wanted) != found.generation):
            return error(404, "No such object")
        span = _RANGE.fullmatch(request.headers.get("range", ""))
        if span is None:
            return Reply(200, body=found.body)
        first, end = int(span[1]), min(int(span[2]) + 1, len(found.body))
        if first >= end:
            return error(416, "Requested range not satisfiable")
        headers = {
            "Content-Range": f"bytes {first}-{end - 1}/{len(found.body)}",
            "x-goog-generation": str(found.generation),
        }
        return Reply(206, headers, found.body[first:end])

    def _delete(self, request: Request) -> Reply:
        found = self.objects.get(request.name)
        if found is None:
            return error(404, "No such object")
        if request.query.get("ifGenerationMatch", str(found.generation)) != str(found.generation):
            return conflict()
        del self.objects[request.name]
        return Reply(204)

    def _list(self, request: Request) -> Reply:
        prefix, token = request.query.get("prefix", ""), request.query.get("pageToken", "")
        names = sorted(name for name in self.objects if name.startswith(prefix) and name > token)
        page = names[: self._page]
        found: dict[str, object] = {}
        if page:  # an empty list has no items at all
            found["items"] = [self.objects[name].fields() for name in page]
        if len(names) > len(page):
            found["nextPageToken"] = page[-1]
        return _json(found)

    def _rewrite(self, request: Request) -> Reply:
        found, target = self.objects.get(request.name), request.query["destination"]
        generation = request.query.get("sourceGeneration")
        if found is None or generation not in {None, str(found.generation)}:
            return error(404, "No such object")
        if request.query.get("ifGenerationMatch") == "0" and target in self.objects:
            return conflict()
        step = int(request.query.get("rewriteToken", "0")) + 1
        if step < self.rewrite_steps:
            return _json({"kind": "storage#rewriteResponse", "rewriteToken": str(step)})
        copy = self.publish(target, found.body)
        return _json({"done": True, "resource": copy.fields()})


def _json(content: object) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(content).encode())


def error(status: int, message: str) -> Reply:
    """Return an answer in the form of the JSON API's errors."""
    body = json.dumps({"error": {"code": status, "message": message}})
    return Reply(status, {"Content-Type": "application/json"}, body.encode())


def conflict() -> Reply:
    return error(412, "At least one of the pre-conditions you specified did not hold.")


def _wrong_chunk(session: Session, first: int, size: int, total: int | None) -> str:
    have = len(session.data)
    if total is None and size % QUANTUM:
        return f"a chunk that is not the last must be a multiple of {QUANTUM} bytes"
    if first > have:
        return f"the upload offset is {first}, which exceeds the {have} bytes that are here"
    if total is not None and (first + size > total or have > total):
        return "more bytes than the total"
    if None not in {total, session.declared} and total != session.declared:
        return f"the total is {total}, and {session.declared} was declared"
    return ""


def _shortened(request: Request, count: int) -> Request:
    span = _CONTENT_RANGE.fullmatch(request.headers["content-range"])
    first = int(span[1]) if span and span[1] else 0
    kept = f"bytes {first}-{first + count - 1}/*" if count else "bytes */*"
    headers = {**request.headers, "content-range": kept}
    return replace(request, headers=headers, body=request.body[:count])


def _flipped(body: bytes) -> bytes:
    return bytes([body[0] ^ 1]) + body[1:]


def _without(names: tuple[str, ...], body: bytes) -> bytes:
    content = json.loads(body)
    for fields in (content, *content.get("items", [])):
        for name in names:
            fields.pop(name, None)
    return json.dumps(content).encode()


def _disturbed_after(reply: Reply, fault: Fault | None, step: Step) -> Reply | None:
    match fault:
        case DropReply():
            return None
        case AnswerAfter(status):
            return error(status, "ordered by the test")
        case HideRange():
            return replace(reply, headers={})
        case CutBody(count):
            return replace(reply, cut=count)
        case _:
            return replace(reply, body=_body_after(reply.body, fault, step))


def _body_after(body: bytes, fault: Fault | None, step: Step) -> bytes:
    match fault:
        case FlipBit() if step is Step.MEDIA:
            return _flipped(body)
        case OmitFields(names):
            return _without(names, body)
        case AnswerWith(other):
            return other
        case ShortBody(count):
            return body[:count]
        case _:
            return body
