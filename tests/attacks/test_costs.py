"""Requests with a high cost for their size end within a second of CPU, with an error or a reply."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import model_pb2, policy_pb2, registration_schema_pb2, version_pb2
from tests.support.content import NAMESPACE, a_file, a_model, a_version
from tests.support.costs import DONE as _DONE
from tests.support.costs import TOO_MUCH as _TOO_MUCH
from tests.support.costs import ended
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

_FILES = 5_000
_SLICES = 4_000
_MAPS = 100
_ANNOTATED = 20
_NAME = f"{NAMESPACE}/registrationSchema"
_INVALID = "INVALID_REQUEST"


def _chain(branches: str, count: int, end: object) -> dict[str, Any]:
    """Return a schema that doubles what is asked at each of its levels."""
    parts = {f"d{n}": {branches: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(count)}
    return {"$defs": {**parts, f"d{count}": end}, "$ref": "#/$defs/d0"}


def _of_files(schema: object) -> dict[str, Any]:
    return {"properties": {"files": schema}}


def _each_file(schema: object) -> dict[str, Any]:
    return _of_files({"items": schema})


def _of_description(schema: object) -> dict[str, Any]:
    return {"properties": {"description": schema}}


# Texts of schemas, and how setting them ends.
SCHEMAS: dict[str, tuple[str, str]] = {
    "a key repeated after 20,000 others": (
        "{" + ",".join(f'"k{n}":1' for n in range(20_000)) + ',"k0":1}',
        _INVALID,
    ),
    "allOf of numbers": (json.dumps({"allOf": [1] * 20_000}), _INVALID),
    "60,000 empty lists": ("[" + ",".join(["[]"] * 60_000) + "]", _INVALID),
    "equal names": (json.dumps({"required": ["a"] * 40_000}), _INVALID),
    "a chain of references": (
        json.dumps(
            {
                "$defs": {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(3_000)}
                | {"d3000": {}},
                "$ref": "#/$defs/d0",
            }
        ),
        _INVALID,
    ),
    "a reference to itself": ('{"$ref": "#"}', _INVALID),
    "references that branch": (json.dumps(_chain("anyOf", 30, end=False)), _TOO_MUCH),
    "allOf that branches": (json.dumps(_chain("allOf", 30, {})), _TOO_MUCH),
    "oneOf that branches": (json.dumps(_chain("oneOf", 30, end=False)), _TOO_MUCH),
    "10,000 patterns": (
        json.dumps({"patternProperties": {f"a{{900}}{n}": {} for n in range(10_000)}}),
        _TOO_MUCH,
    ),
    "a pattern of repeats": ('{"pattern": "(((a{1000}){1000}){1000}){1000}"}', _INVALID),
    "a pattern of many groups": (json.dumps({"pattern": "(" * 60_000}), _INVALID),
    "a number of 4,400 digits": ('{"minimum": ' + "9" * 4_400 + "}", _INVALID),
    "1e1000000": ('{"multipleOf": 1e1000000}', _INVALID),
    "100,000 brackets": ("[" * 100_000, _INVALID),
    "unevaluated": (
        json.dumps({"allOf": [{"unevaluatedProperties": False}] * 5_000}),
        _INVALID,
    ),
}

# Schemas that may be set, asked of a version with thousands of files.
CHECKS: dict[str, object] = {
    "all errors of anyOf": _each_file({"anyOf": [{"minProperties": 9}] * 100}),
    "all errors of oneOf": _each_file({"oneOf": [{"minProperties": 9}] * 100}),
    "messages with whole lists": _of_files({"allOf": [{"maxItems": 0}] * 5_000}),
    "uniqueItems again and again": _of_files({"allOf": [{"uniqueItems": True}] * 500}),
    "long enums": _each_file({"allOf": [{"enum": list(range(2_000))}] * 5}),
    "long constants": _each_file({"allOf": [{"not": {"const": {"path": "x" * 500}}}] * 50}),
    "contains nothing": _of_files({"allOf": [{"contains": {"required": ["no"]}}] * 300}),
    "a pattern again and again": _of_description(
        {"allOf": [{"pattern": f"(a|aa)+b{n}"} for n in range(300)]}
    ),
    "a pattern with many places": _of_description({"pattern": "(a?){300}a{300}b"}),
    "patterns for each name": {
        "properties": {
            "files": {"items": {"patternProperties": {f"{n}(x|y)*$": {} for n in range(300)}}}
        }
    },
    "names that must be there": _each_file({"required": [f"x{n}" for n in range(5_000)]}),
    "names that depend": _each_file(
        {"dependentRequired": {"path": [f"x{n}" for n in range(5_000)]}}
    ),
    "tiny divisors": _each_file(
        {"properties": {"size_bytes": {"allOf": [{"multipleOf": 5e-324}] * 100}}}
    ),
    "large divisors": _each_file(
        {"properties": {"size_bytes": {"multipleOf": 10**4_200 + 1, "maximum": 10**4_200}}}
    ),
    "if in if": _each_file({"if": {"required": ["path"]}, "then": {"allOf": [{"not": {}}] * 200}}),
    "dynamic references": {"$dynamicAnchor": "x", **_each_file({"$dynamicRef": "#x"})},
}

# Filters over versions with 1,000 params each, and how they end.
FILTERS: dict[str, str] = {
    "100 comparisons": " OR ".join(f'params.p{n}="x"' for n in range(100)),
    "119 quoted keys": " OR ".join(f"params.'\"{n}'=x" for n in range(110)),
    "keys that are there": " AND ".join(f"params:p{n}" for n in range(110)),
    "parts of texts": " OR ".join(f'params.p{n}:"z"' for n in range(110)),
    "a long part": 'description:"' + "a" * 1_900 + 'b"',
    "NOT in NOT": "NOT (" * 30 + 'params.p1="x"' + ")" * 30,
    "metrics": " OR ".join(f"metrics.m{n}>1" for n in range(120)),
    "numbers": " OR ".join(f"params.p{n}>1" for n in range(120)),
    "numbers in quoted keys": " OR ".join(f"params.'\"{n}'>1" for n in range(100)),
    "long numbers": "params.p1=" + "9" * 2_000,
    "large exponents": " OR ".join(f"params.p{n}>1e9999" for n in range(90)),
    "several values": f"params.p1=({' OR '.join('1' for _ in range(249))})",
    "wildcards": " OR ".join(f"params.p{n}='v*x*v'" for n in range(90)),
    "a long wildcard": 'description="a*' + "a" * 1_900 + '*b"',
}

# Filters over annotations as long as they may be, and over descriptions.
_TEXT = "annotations.text"
TEXT_FILTERS: dict[str, str] = {
    "patterns": " OR ".join(f"like({_TEXT}, '%{'a' * n}b%')" for n in range(200, 254)),
    "patterns without case": " OR ".join(
        f"ilike({_TEXT}, '%{'A' * n}b%')" for n in range(200, 254)
    ),
    "patterns of descriptions": " OR ".join(
        f"like(description, '%{'a' * n}b%')" for n in range(200, 254)
    ),
    "parts": " OR ".join(f"{_TEXT}:'{'a' * n}b'" for n in range(300, 340)),
    "wildcards": " OR ".join(f"{_TEXT}='a*{'a' * n}b*'" for n in range(300, 340)),
    "many wildcards": " OR ".join(f"{_TEXT}='*{n}*'" for n in range(100)),
}

EXPRESSIONS: tuple[str, ...] = (
    "slices.all(a, slices == slices)",
    "slices.all(a, a in slices)",
    "[slices].all(x, x.all(y, x == x))",
    "size(slices.map(a, slices + slices)) > 0",
    "size(slices.map(a, slices.map(b, b.value + a.value))) > 0",
    'slices.exists(s, s.value.matches("(a{100}){9}b"))',
    f"slices.all(a, ({' + '.join(['version.description'] * 7)}).size() > 0)",
    'slices.all(a, version.description.contains("' + "a" * 50 + 'b") || true)',
    'slices.all(a, version["params"] == version["params"])',
    'version.description.matches("' + "(a{1000})" * 10 + 'b")',
)


@pytest.fixture(scope="module")
def filled(registry_process: RegistryProcess) -> Iterator[str]:
    """A model whose first version is as large as one may be, and more with 1,000 params."""
    with connected(registry_process.target) as stubs:
        model = a_model(stubs, "costly")
        file = a_file(stubs)
        files = [
            version_pb2.FileEntry(path=f"p/{n:05d}", digest=file.digest, size_bytes=file.size_bytes)
            for n in range(_FILES)
        ]
        slices = [
            version_pb2.SliceMetric(
                dimension="age", value="same", count=1, metric="auc", result=n / _SLICES
            )
            for n in range(_SLICES)
        ]
        version = version_pb2.Version(description="a" * 16_000, slices=slices)
        stubs.RegisterVersion(
            catalog.RegisterVersionRequest(parent=model, files=files, version=version)
        )
        params = {f"p{n}": "v" * 10 for n in range(1_000)}
        for _ in range(_MAPS):
            a_version(stubs, model, version=version_pb2.Version(params=params))
        yield model


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_costly_schema_is_refused(
    registry_process: RegistryProcess, stubs: Stubs, filled: str, name: str
) -> None:
    text, reason = SCHEMAS[name]
    schema = registration_schema_pb2.RegistrationSchema(name=_NAME, json_schema=text)
    request = governance.SetRegistrationSchemaRequest(schema=schema)
    assert ended(registry_process, stubs, "SetRegistrationSchema", request, filled) == reason


@pytest.mark.parametrize("name", CHECKS)
def test_a_costly_check_of_records_ends(
    registry_process: RegistryProcess, stubs: Stubs, filled: str, name: str
) -> None:
    text = json.dumps(CHECKS[name])
    schema = registration_schema_pb2.RegistrationSchema(name=_NAME, json_schema=text)
    request = governance.CheckRegistrationSchemaRequest(parent=NAMESPACE, schema=schema)
    reason = ended(registry_process, stubs, "CheckRegistrationSchema", request, filled)
    assert reason in {_DONE, _TOO_MUCH}


@pytest.mark.parametrize("name", FILTERS)
def test_a_costly_filter_ends(
    registry_process: RegistryProcess, stubs: Stubs, filled: str, name: str
) -> None:
    request = catalog.ListVersionsRequest(parent=filled, filter=FILTERS[name], page_size=200)
    reason = ended(registry_process, stubs, "ListVersions", request, filled)
    assert reason in {_DONE, _TOO_MUCH}


@pytest.fixture(scope="module")
def annotated(registry_process: RegistryProcess) -> Iterator[str]:
    """A namespace of models with long annotations, each with a version that has them as well."""
    space, pairs = "namespaces/annotated", {"text": "a" * 400_000}
    with connected(registry_process.target) as stubs:
        stubs.CreateNamespace(catalog.CreateNamespaceRequest(namespace_id="annotated"))
        for number in range(_ANNOTATED):
            model = model_pb2.Model(description="a" * 16_000, annotations=pairs)
            create = catalog.CreateModelRequest(parent=space, model_id=f"m{number}", model=model)
            version = version_pb2.Version(
                description="a" * 16_000,
                source=version_pb2.Source(uri="s3://a/b"),
                by_reference=True,
                annotations=pairs,
            )
            request = catalog.RegisterVersionRequest(
                parent=stubs.CreateModel(create).name, version=version
            )
            stubs.RegisterVersion(request)
        yield space


@pytest.mark.parametrize("name", TEXT_FILTERS)
def test_a_costly_filter_of_long_texts_ends(
    registry_process: RegistryProcess, stubs: Stubs, annotated: str, name: str
) -> None:
    where, model = TEXT_FILTERS[name], f"{annotated}/models/m0"
    models = catalog.ListModelsRequest(parent=annotated, filter=where)
    versions = catalog.ListVersionsRequest(parent=f"{annotated}/models/-", filter=where)
    for method, request in (("ListModels", models), ("ListVersions", versions)):
        reason = ended(registry_process, stubs, method, request, model)
        assert reason in {_DONE, _TOO_MUCH}


@pytest.mark.parametrize("order", ["metrics.auc desc", "size_bytes, metrics.auc, metrics.b"])
def test_a_costly_order_ends(
    registry_process: RegistryProcess, stubs: Stubs, filled: str, order: str
) -> None:
    for parent, text in ((filled, FILTERS["numbers"]), (f"{NAMESPACE}/models/-", "")):
        request = catalog.ListVersionsRequest(
            parent=parent, filter=text, order_by=order, page_size=1_000
        )
        reason = ended(registry_process, stubs, "ListVersions", request, filled)
        assert reason in {_DONE, _TOO_MUCH}


def test_a_costly_filter_comes_to_the_end_of_the_list_by_its_tokens(
    stubs: Stubs, filled: str
) -> None:
    text = f"{FILTERS['119 quoted keys']} OR number = 2 OR number = 90"
    request = catalog.ListVersionsRequest(parent=filled, filter=text)
    numbers, pages = [], 0
    while not pages or request.page_token:
        page = stubs.ListVersions(request, timeout=30)
        numbers += [version.number for version in page.versions]
        request.page_token = page.next_page_token
        pages += 1
    assert numbers == [90, 2]
    assert pages > 1


def _policy(*rules: policy_pb2.Rule) -> policy_pb2.Policy:
    return policy_pb2.Policy(
        name=f"{NAMESPACE}/policies/costly", to_stage="staging", models="*", rules=rules
    )


def _gate(server: RegistryProcess, stubs: Stubs, model: str, *rules: policy_pb2.Rule) -> str:
    stubs.PutPolicy(governance.PutPolicyRequest(policy=_policy(*rules)))
    move = governance.RequestedMove(version=f"{model}/versions/1", to_stage="staging")
    request = governance.CheckTransitionRequest(moves=[move])
    return ended(server, stubs, "CheckTransition", request, model)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_costly_expression_ends_the_call(
    registry_process: RegistryProcess, stubs: Stubs, filled: str, expression: str
) -> None:
    rule = policy_pb2.Rule(id="r", cel=policy_pb2.CelExpression(expression=expression))
    assert _gate(registry_process, stubs, filled, rule) == _TOO_MUCH


def test_many_long_expressions_end_the_call(
    registry_process: RegistryProcess, stubs: Stubs, filled: str
) -> None:
    expression = " && ".join(["slices.all(s, s.result > 0.5)"] * 120)
    rules = [
        policy_pb2.Rule(id=f"r{n}", cel=policy_pb2.CelExpression(expression=expression + " " * n))
        for n in range(100)
    ]
    request = governance.PutPolicyRequest(policy=_policy(*rules))
    assert ended(registry_process, stubs, "PutPolicy", request, filled) == _TOO_MUCH


def test_many_rules_over_many_slices_end_the_call(
    registry_process: RegistryProcess, stubs: Stubs, filled: str
) -> None:
    bound = policy_pb2.MetricBound(metric="auc", dimension="age", minimum=0.5)
    rules = [policy_pb2.Rule(id=f"r{n}", bound=bound) for n in range(100)]
    assert _gate(registry_process, stubs, filled, *rules) == _TOO_MUCH


def test_patterns_of_files_that_match_nothing_end_the_call(
    registry_process: RegistryProcess, stubs: Stubs, filled: str
) -> None:
    required = registration_schema_pb2.RequiredFacts(
        files=[f"*{'p' * 200}{n}*?" for n in range(64)]
    )
    schema = registration_schema_pb2.RegistrationSchema(name=_NAME, required=required)
    request = governance.CheckRegistrationSchemaRequest(parent=NAMESPACE, schema=schema)
    reason = ended(registry_process, stubs, "CheckRegistrationSchema", request, filled)
    assert reason in {_DONE, _TOO_MUCH}


# Paths of 1,023 bytes whose folded forms have 6,138 characters, and such as are no paths.
PATHS: dict[str, tuple[str, str]] = {
    "one character for eighteen": ("\ufdfa" * 339, _TOO_MUCH),
    "marks in the wrong order": ("a" + "\u0301\u0323" * 254, _INVALID),
}


@pytest.mark.parametrize("name", PATHS)
def test_paths_that_are_costly_to_fold_end_the_call(
    registry_process: RegistryProcess, stubs: Stubs, filled: str, name: str
) -> None:
    path, reason = PATHS[name]
    file = a_file(stubs)
    files = [
        version_pb2.FileEntry(path=f"{path}{n:05d}", digest=file.digest, size_bytes=file.size_bytes)
        for n in range(6_000)
    ]
    request = catalog.RegisterVersionRequest(parent=filled, files=files)
    assert ended(registry_process, stubs, "RegisterVersion", request, filled) == reason


def test_many_paths_that_are_not_ascii_are_registered(stubs: Stubs, filled: str) -> None:
    file = a_file(stubs)
    files = [
        version_pb2.FileEntry(
            path=f"重み/層/{'文' * 60}{n:05d}", digest=file.digest, size_bytes=file.size_bytes
        )
        for n in range(10_000)
    ]
    made = stubs.RegisterVersion(catalog.RegisterVersionRequest(parent=filled, files=files))
    assert made.file_count == len(files)
