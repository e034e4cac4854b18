"""Model objects in versions: `log_model`, `load_model` and the adapters of frameworks.

Most programs use `Client.log_model` and `Client.load_model`. `save_model` and `load_model`
here do the same with a folder, such as one that `pull` or `modelreg sync` filled.

An adapter saves and loads the models of one framework. Packages add theirs by an entry point of the
group `modelregistry.frameworks`; `docs/frameworks.md` shows one. No framework is imported before a
model of it is saved or loaded.
"""

from modelregistry.frameworks.adapter import (
    FrameworkAdapter,
    LoadRequest,
    Saved,
    SaveRequest,
    TrustChecker,
)
from modelregistry.frameworks.discovery import adapters
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.document import read as read_document
from modelregistry.frameworks.example import describe
from modelregistry.frameworks.storing import load_model, save_model

__all__ = [
    "FrameworkAdapter",
    "LoadRequest",
    "ModelDocument",
    "SaveRequest",
    "Saved",
    "TrustChecker",
    "adapters",
    "describe",
    "load_model",
    "read_document",
    "save_model",
]
