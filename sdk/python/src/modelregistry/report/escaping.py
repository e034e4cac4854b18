"""Text in HTML and SVG."""

from html import escape

from modelregistry._visible import visible


def escaped(text: str) -> str:
    """Return text that HTML, XML and their attributes show as it is."""
    return escape(visible(text), quote=True)
