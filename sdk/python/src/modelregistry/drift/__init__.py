"""Drift: how far the data of today is from the data that a model was made with.

    from modelregistry import Client, drift

    with Client() as registry:
        registry.push("fraud", "model_dir/", profile=training_table)
        profile = registry.load_profile("fraud@production")
    compared = drift.compare(profile, todays_table)
    for result in compared.results:
        print(result.subject, result.method, result.statistic, result.p_value)

A *profile* describes a reference table: for each column the bins with their counts, the missing
values, and a bounded sample. It is the file PROFILE.json of a version. `docs/drift.md` in the
repository has the definitions and their sources.

Tables are mappings from names to columns (arrays of NumPy, lists, series), structured arrays of
NumPy, data frames of pandas, tables of pyarrow, and tables that have Arrow's PyCapsules, such as
those of polars, which pyarrow reads. `profile` needs NumPy, and `compare` SciPy too:
`pip install 'modelregistry[drift]'`. Neither is imported before it is needed.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from modelregistry.drift.assessing import hint
from modelregistry.drift.document import FILE_NAME
from modelregistry.drift.document import parse as parse_profile
from modelregistry.drift.document import to_bytes as profile_bytes
from modelregistry.drift.page import html
from modelregistry.drift.profiles import ColumnKind, ColumnProfile, Profile
from modelregistry.drift.results import (
    Bin,
    ColumnComparison,
    Comparison,
    DriftResult,
    SkippedMethod,
)
from modelregistry.drift.table_files import read_table
from modelregistry.errors import DriftUnavailable

__all__ = [
    "FILE_NAME",
    "Bin",
    "ColumnComparison",
    "ColumnKind",
    "ColumnProfile",
    "Comparison",
    "DriftResult",
    "Profile",
    "SkippedMethod",
    "compare",
    "hint",
    "html",
    "parse_profile",
    "profile",
    "profile_bytes",
    "read_table",
]


def profile(
    table: object,
    *,
    columns: Collection[str] | None = None,
    categorical: Collection[str] = (),
    sample_size: int = 2_000,
    max_categories: int = 100,
) -> Profile:
    """Return the profile of a reference table. Equal tables have equal profiles.

    `columns` selects columns, by default all. Numbers in columns of `categorical` are categories,
    such as codes. `sample_size` is the number of values of each numeric column that the profile
    keeps for `ks` and `wasserstein`: from 100 to 100,000; columns of up to so many values are kept
    whole. `max_categories` is how many categories of a column have a bin of their own, from 1 to
    1,000; the others share one.

    Raises InvalidRequest for a table of another type, columns of different lengths, a column with
    values of several types or of none that can be compared, and a profile of more than 32 MiB;
    DriftUnavailable without NumPy, or without pyarrow for a table that needs it.
    """
    with _libraries():
        from modelregistry.drift import profiling  # noqa: PLC0415 - NumPy is optional
    return profiling.profile(
        table,
        columns=columns,
        categorical=categorical,
        sample_size=sample_size,
        max_categories=max_categories,
    )


def compare(
    profile: Profile, table: object, *, columns: Collection[str] | None = None
) -> Comparison:
    """Compare a table with the profile of a reference.

    Numbers and times are compared by `psi`, `js`, `ks` and `wasserstein`, categories and booleans
    by `psi`, `js` and `chi2`. A method without an answer for a column, such as one for a column
    without values, is in `skipped` with the reason; results are always finite. `ks` and
    `wasserstein` use all values of up to 50,000, and of more a sample of 50,000 that is the same
    each time: results state the numbers of values, and whether they are samples.

    `columns` selects columns of the profile. Columns of the table that the profile lacks are not
    compared. `Comparison.signals` makes the signals to record.

    Raises InvalidRequest for a table of another type, columns of different lengths, and `columns`
    that the profile lacks; DriftUnavailable like `profile`, and without SciPy.
    """
    with _libraries():
        from modelregistry.drift import comparing  # noqa: PLC0415 - NumPy is optional
    return comparing.compare(profile, table, columns=columns)


@contextmanager
def _libraries() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        message = f"drift needs NumPy and SciPy ({error}): pip install 'modelregistry[drift]'"
        raise DriftUnavailable(message) from error
