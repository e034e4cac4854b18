"""Options and arguments that several commands share."""

from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Final, TypeVar

import typer

from modelregistry._wire import reading

Item = TypeVar("Item")

_PAGE: Final = 1_000  # the maximum of the contract: the fewest calls

ModelName = Annotated[
    str, typer.Argument(metavar="MODEL", help="Such as fraud, or risk/fraud with its namespace.")
]
Ref = Annotated[
    str,
    typer.Argument(
        metavar="REF",
        help="A version: fraud/7, fraud@champion, fraud@production, fraud@latest.",
    ),
]
Etag = Annotated[
    str, typer.Option(help="Only if the resource still has this etag, as `show` printed it.")
]
Reason = Annotated[str, typer.Option(help="Reason; kept in the history.")]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Do not ask for confirmation; required without a terminal."),
]
Deleted = Annotated[
    bool,
    typer.Option("--deleted/--no-deleted", "--show-deleted", help="Include deleted ones."),
]
Wait = Annotated[
    bool,
    typer.Option(
        "--wait",
        help="Wait until it is applied or ended: at most --timeout seconds, else without a limit.",
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Maximum number of items; all by default.")]
Filter = Annotated[
    str,
    typer.Option(
        metavar="EXPR",
        help="Such as 'labels.team = \"risk\"' or 'id = \"fraud*\"', of versions also "
        "'metrics.auc > 0.9', 'params.epochs > 9' or 'stage = (staging OR production)'.",
    ),
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="Label for searching; repeatable."),
]
NewAnnotations = Annotated[
    list[str] | None,
    typer.Option("--annotate", metavar="KEY=VALUE", help="Annotation; repeatable."),
]
Annotations = Annotated[
    list[str] | None,
    typer.Option(
        "--annotate", metavar="KEY=VALUE|KEY-", help="Set or remove an annotation; repeatable."
    ),
]


def page_size(limit: int | None) -> int:
    """Return the page size that fetches `limit` items, or all, with the fewest calls."""
    return min(limit or _PAGE, _PAGE)


def taken(items: Iterable[Item], limit: int | None) -> list[Item]:
    """Return the first `limit` items, or all; MalformedReply for a list without end."""
    with reading.bounded():
        return list(islice(items, limit))
