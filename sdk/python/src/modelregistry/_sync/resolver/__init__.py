# Generated from _async/resolver/__init__.py by scripts/generate_sync.py: never edit this.
"""Resolvers: references resolved from memory, which a watch keeps current.

`api` and `router` have what users call, `followed` what these share, `cache` the answers of a
client, `watch` and `refresh` the tasks that keep them current, `subscription` those that receive
changes. The rules are in `_watching`.
"""

from modelregistry._sync.resolver.api import Resolver, ResolverMethods
from modelregistry._sync.resolver.router import Router
from modelregistry._sync.resolver.subscription import OnChange, OnRouteChange

__all__ = ["OnChange", "OnRouteChange", "Resolver", "ResolverMethods", "Router"]
