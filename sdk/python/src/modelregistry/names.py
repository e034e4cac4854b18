"""Resource names and short references: their forms, and their completion.

A resource name is the form that the registry uses: `namespaces/risk/models/fraud/versions/7`. A
short reference is the form that people write: `fraud/7`, `fraud@champion`, `risk/fraud@production`.
These functions only convert text; the registry decides whether a name is valid.
"""

import hashlib
from typing import Final
from unicodedata import normalize

DEFAULT_NAMESPACE = "default"
FOLLOWED_ROUTE: Final = "route:"
"""The prefix of the full name of a route that a router follows; no reference begins so."""
_KEY_BYTES: Final = 1_024


def namespace_name(namespace: str) -> str:
    """Return `namespaces/{namespace}`; a full name passes unchanged."""
    return namespace if namespace.startswith("namespaces/") else f"namespaces/{namespace}"


def model_name(model: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return the full name of `fraud` or `risk/fraud`; a full name passes unchanged.

    `namespace` is the namespace of a model without one.
    """
    if _is_full(model):
        return model
    owner, slash, identifier = model.partition("/")
    if not slash:
        owner, identifier = namespace, model
    return f"{namespace_name(owner)}/models/{identifier}"


def alias_name(model: str, alias: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return `namespaces/{namespace}/models/{model}/aliases/{alias}`."""
    return f"{model_name(model, namespace)}/aliases/{alias}"


def route_name(model: str, route: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return `namespaces/{namespace}/models/{model}/routes/{route}`."""
    return f"{model_name(model, namespace)}/routes/{route}"


def route_of(ref: str) -> str:
    """Return the full name of the route that a reference such as `fraud@checkout` would name."""
    if _is_full(ref):
        return ref
    return f"{model_of(ref)}/routes/{ref.partition('@')[2]}"


def policy_name(policy: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return the full name of `quality` or `risk/quality`; a full name passes unchanged.

    `namespace` is the namespace of a policy without one.
    """
    return _of_namespace("policies", policy, namespace)


def transition_name(transition: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return the full name of a transition by its id, or by `risk/` and its id.

    A full name passes unchanged. `namespace` is the namespace of a transition without one.
    """
    return _of_namespace("transitions", transition, namespace)


def monitor_name(monitor: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return the full name of `drift` or `risk/drift`; a full name passes unchanged.

    `namespace` is the namespace of a monitor without one.
    """
    return _of_namespace("monitors", monitor, namespace)


def _of_namespace(collection: str, name: str, namespace: str) -> str:
    if _is_full(name):
        return name
    owner, slash, identifier = name.partition("/")
    if not slash:
        owner, identifier = namespace, name
    return f"{namespace_name(owner)}/{collection}/{identifier}"


def qualified(ref: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return a reference with a namespace in front.

    `fraud@champion` of namespace `risk` becomes `risk/fraud@champion`. In namespace `default`, and
    when the reference has a namespace or is a full name, it passes unchanged.
    """
    if namespace == DEFAULT_NAMESPACE or _is_full(ref):
        return ref
    head, at, _ = ref.partition("@")
    has_namespace = "/" in head if at else head.count("/") > 1
    return ref if has_namespace else f"{namespace}/{ref}"


def model_of(ref: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return the full name of the model of a reference.

    The model of `fraud@champion`, `fraud/7` and `namespaces/default/models/fraud/versions/7` is
    `namespaces/default/models/fraud`. `namespace` is the namespace of a model without one.
    """
    if _is_full(ref):
        return "/".join(ref.split("/")[: len(("namespaces", "", "models", ""))])
    path, at, _ = ref.partition("@")
    return model_name(path if at else path.rpartition("/")[0] or path, namespace)


def _is_full(name: str) -> bool:
    """Return whether a name is a full one.

    `namespaces/fraud/7` is short: it is a version of a model in the namespace `namespaces`.
    """
    return name.startswith("namespaces/") and name.count("/") >= len(("", "models", ""))


def segment(name: str, collection: str) -> str:
    """Return the id that follows `collection` in a resource name; empty when there is none.

    `segment("namespaces/risk/models/fraud", "models")` is `fraud`.
    """
    parts = name.split("/")
    for key, value in zip(parts[::2], parts[1::2], strict=False):
        if key == collection:
            return value
    return ""


def short_ref(name: str) -> str:
    """Return the short reference of a full name.

    `namespaces/risk/models/fraud/versions/7` is `risk/fraud/7`; the namespace `default` is left
    out. An alias gives `fraud@champion`, a route `fraud@checkout`, a model `fraud`, a policy,
    transition, deployment or monitor its id; the state of a monitor gives that of its monitor.
    """
    namespace, model = segment(name, "namespaces"), segment(name, "models")
    version = segment(name, "versions")
    alias = segment(name, "aliases") or segment(name, "routes")
    front = "" if namespace == DEFAULT_NAMESPACE else f"{namespace}/"
    for collection in ("policies", "transitions", "deployments", "monitors"):
        if own := segment(name, collection):
            return f"{front}{own}"
    if alias:
        return f"{front}{model}@{alias}"
    return f"{front}{model}/{version}" if version else f"{front}{model}"


def name_key(identifier: str) -> str:
    """Return a text that is equal for the ids of which a namespace can have only one.

    `Fraud` and `fraud` have one key: it leaves out case and compatibility forms
    (Unicode, definition D146). A key of more than 1,024 bytes is replaced by its SHA-256.
    """
    if identifier.isascii():
        return identifier.lower()
    once = normalize("NFKD", normalize("NFD", identifier).casefold())
    key = normalize("NFKC", once.casefold())
    encoded = key.encode("utf-8", "surrogatepass")
    return key if len(encoded) <= _KEY_BYTES else f"sha256:{hashlib.sha256(encoded).hexdigest()}"
