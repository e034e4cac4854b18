"""Requests with the name of a resource in the fields that the contract declares."""

import re

from google.protobuf.message import Message

_FIELD = re.compile(r"\{([a-z_.]+)\}")


def name_resource(request: Message, path: str, text: str) -> None:
    """Set the declared place to this name; of a name with fields in it, each field to its part."""
    fields = _FIELD.findall(path)
    if "/../" in path:
        # A neighbour of the resource in the first field.
        _set(request, fields[0], text)
        _set(request, fields[1], text.rpartition("/")[2])
    elif fields:
        pattern = _FIELD.sub("(.+)", path.replace("{parent}", "(namespaces/[^/]+)"))
        if found := re.match(pattern, text):
            for field, part in zip(fields, found.groups(), strict=True):
                _set(request, field, part)
        else:
            _set(request, fields[0], text.split("/")[1])
    elif path:
        _set(request, path, text)


def _set(message: Message, path: str, text: str) -> None:
    name, _, rest = path.partition(".")
    field = message.DESCRIPTOR.fields_by_name[name]
    value = getattr(message, name)
    if rest:
        _set(value.add() if field.is_repeated else value, rest, text)
    elif field.is_repeated:
        value.append(text)
    else:
        setattr(message, name, text)
