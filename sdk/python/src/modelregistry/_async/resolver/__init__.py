"""Resolvers: references resolved from memory, which a watch keeps current.

`api` and `router` have what users call, `followed` what these share, `cache` the answers of a
client, `watch` and `refresh` the tasks that keep them current, `subscription` those that receive
changes. The rules are in `_watching`.
"""

from modelregistry._async.resolver.api import AsyncResolver, ResolverMethods
from modelregistry._async.resolver.router import AsyncRouter
from modelregistry._async.resolver.subscription import OnChange, OnRouteChange

__all__ = ["AsyncResolver", "AsyncRouter", "OnChange", "OnRouteChange", "ResolverMethods"]
