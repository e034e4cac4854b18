"""Names, tags, filters and orders, drawn as users of MLflow write them: also wrong ones."""

from typing import Final

from hypothesis import strategies as st

MODELS: Final = ("Production_RF", "My model 2", "fraud", "fraud.v2", "Größe-7", "x_y (eu)+1")
"""Names that both stores accept."""
USUAL_MODELS: Final = ("Production_RF", "fraud")
"""Those that the tests begin with."""
WRONG_MODELS: Final = ("", "  ", "a/b", "a:b", "nowhere")
"""Names that both refuse, and one that no model has."""
PROMPTS: Final = ("greeting", "Prompt_2")
ALIASES: Final = ("champion", "Champion", "1st", "ch-2", "größe")
WRONG_ALIASES: Final = ("", "latest", "LATEST", "v1", "V22", "a b", "a@b", "a" * 300)
TAG_KEYS: Final = ("team", "a.b", "with space", "größe", "k/1", "under_score")
WRONG_TAG_KEYS: Final = ("../up", "a//b", "/root", "k" * 300)
TAG_VALUES: Final = ("risk", "Risk", "", "50% off", "a_b", "it's", 'say "hi"', "x" * 600, "größe")
STAGES: Final = ("None", "Staging", "Production", "Archived")
SPELLED_STAGES: Final = (*STAGES, "production", "STAGING", "archived", "none")
WRONG_STAGES: Final = ("", "Live", "prod")
RUNS: Final = ("", "0123456789abcdef0123456789abcdef", "run-2")
DESCRIPTIONS: Final = ("", "a forest", "größer\nund **fett**", None)

models = st.one_of(st.sampled_from(USUAL_MODELS), st.sampled_from(MODELS))
any_model = st.one_of(models, models, st.sampled_from(WRONG_MODELS))
any_alias = st.sampled_from((*ALIASES, *ALIASES, *WRONG_ALIASES))
any_tag_key = st.sampled_from((*TAG_KEYS, *TAG_KEYS, *WRONG_TAG_KEYS))
tag_values = st.sampled_from(TAG_VALUES)
tags = st.dictionaries(st.sampled_from(TAG_KEYS), tag_values, max_size=3)
numbers = st.sampled_from((1, 2, 3, "1", "2", 4))
any_number = st.one_of(numbers, st.sampled_from((99, "99", "one", 0)))
any_stage = st.sampled_from((*SPELLED_STAGES, *SPELLED_STAGES, *WRONG_STAGES))
descriptions = st.sampled_from(DESCRIPTIONS)
runs = st.sampled_from(RUNS)

_PATTERNS: Final = (
    *("%", "fraud%", "%2", "%o%", "Fraud%", "my MODEL _", "_raud", "", "100%", "größe-_"),
    *("%(eu)%", "risk", "R%", "%off", "a_b", "it%", "%[%", "%*%"),
)
_SPACES: Final = st.sampled_from((" ", "  "))


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


_texts: Final = st.sampled_from((*MODELS, *_PATTERNS)).map(_quoted)


@st.composite
def _comparison(draw: st.DrawFn, attributes: tuple[str, ...]) -> str:
    left = draw(st.sampled_from((*attributes, "tag")))
    operator = draw(st.sampled_from(("=", "!=", "LIKE", "ILIKE", "like", "ilike")))
    if left == "tag":
        entity = draw(st.sampled_from(("tag", "tags")))
        key = draw(st.sampled_from(TAG_KEYS))
        return f"{entity}.`{key}`{draw(_SPACES)}{operator} {draw(tag_values.map(_quoted) | _texts)}"
    if left == "run_id":
        return f"run_id {operator} {draw(runs.map(_quoted))}"
    return f"{left} {operator}{draw(_SPACES)}{draw(_texts)}"


@st.composite
def _membership(draw: st.DrawFn, attributes: tuple[str, ...]) -> str:
    left = draw(st.sampled_from(attributes))
    pool = RUNS[1:] if left == "run_id" else MODELS
    chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    operator = draw(st.sampled_from(("IN", "NOT IN")))
    return f"{left} {operator} ({', '.join(map(_quoted, chosen))})"


_PROMPT: Final = st.sampled_from(
    [
        f"tag.`mlflow.prompt.is_prompt` {operator} '{value}'"
        for operator in ("=", "!=")
        for value in ("true", "false", "TRUE")
    ]
)
_NUMBER: Final = st.builds(
    "version_number {} {}".format,
    st.sampled_from(("=", "!=", "<", "<=", ">", ">=")),
    st.sampled_from((0, 1, 2, 3, 1.5)),
)
WRONG_FILTERS: Final = (
    *("name > 'a'", "nome = 'x'", "name = fraud", "name ='a' OR name = 'b'", "tag.k > 'x'"),
    *("name IN ()", "name", "= 'a'", "metrics.auc > 1", "tag.`team` IN ('a')", "name = 1"),
    *("version_number = 'one'", "version_number LIKE '1'", "creation_timestamp > 0", "AND"),
    *("source_path IN ('a')", "aliases = 'x'", "run_id IN ('a', 1)", "name LIKE fraud"),
)


def _joined(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(part, min_size=1, max_size=3)
    return st.builds(
        lambda word, parts: word.join(parts), st.sampled_from((" AND ", " and ")), several
    )


def _filters(
    attributes: tuple[str, ...], listed: tuple[str, ...], *more: st.SearchStrategy[str]
) -> st.SearchStrategy[str | None]:
    part = st.one_of(_comparison(attributes), _membership(listed), _PROMPT, *more)
    return st.one_of(
        st.sampled_from((None, "")), _joined(part), _joined(part), st.sampled_from(WRONG_FILTERS)
    )


model_filters = _filters(("name",), ("name",))
version_filters = _filters(("name", "run_id", "source_path"), ("name", "run_id"), _NUMBER)

_WRONG_ORDERS: Final = ("nome", "name sideways", "", "tag.team", "name ASC, name DESC")


def _orders(*keys: str) -> st.SearchStrategy[list[str] | None]:
    known = [f"{key}{way}" for key in keys for way in ("", " ASC", " DESC", " desc")]
    lists = st.lists(st.sampled_from(known), max_size=2)
    return st.one_of(st.none(), lists, lists, st.lists(st.sampled_from(_WRONG_ORDERS), max_size=2))


model_orders = _orders("name", "last_updated_timestamp", "timestamp")
version_orders = _orders("name", "version_number", "last_updated_timestamp", "creation_timestamp")

MODEL_SURVEY: Final = (
    *("", "name = 'fraud'", "name != 'fraud'", "name LIKE 'fraud%'", "name ILIKE 'FRAUD%'"),
    *("name LIKE '%_%2'", "name LIKE '_raud'", "name IN ('fraud', 'Größe-7', 'nowhere')"),
    *("name NOT IN ('fraud')", "name ILIKE '%RF' AND name != 'x'", "tag.team = 'risk'"),
    *("tag.team != 'risk'", "tags.`with space` LIKE '%'", "tag.`größe` ILIKE '%SAY%'"),
    *("tags.`a.b` = 'a_b'", "tag.`k/1` = ''", "tag.team LIKE '50\\%%'", "tag.`team` ILIKE 'R_sk'"),
    *("tag.team = 'risk' AND tag.`a.b` != 'nothing'", 'tag.`under_score` = "it\'s"'),
    *("tag.team = 'risk' AND tag.team != 'risk'", "name LIKE '%' AND tag.team LIKE '%i%'"),
    *(f"tag.`mlflow.prompt.is_prompt` {part}" for part in ("= 'true'", "!= 'true'", "= 'false'")),
    *(f"tag.`mlflow.prompt.is_prompt` {part}" for part in ("!= 'false'", "= 'TRUE'", "LIKE 't%'")),
    *("tag.`mlflow.prompt.is_prompt` = 'true' AND name LIKE 'g%'",),
)
"""Filters of models that are compared at the end of each series of calls."""

VERSION_SURVEY: Final = (
    *MODEL_SURVEY,
    *("run_id = 'run-2'", "run_id != 'run-2'", "run_id LIKE '0123%'", "run_id IN ('run-2', 'x')"),
    *("run_id = ''", "run_id NOT IN ('run-2')", "run_id IN ('run-2') AND name = 'fraud'"),
    *("source_path LIKE '%model'", "source_path = 's3://nowhere/model'", "source_path != 'x'"),
    *("version_number > 1", "version_number != 1 AND name LIKE '%a%'", "version_number <= '2'"),
    *("version_number = 1 AND version_number < 5", "version_number >= 1.5"),
)
"""The same of versions."""

MODEL_ORDERS: Final[tuple[list[str] | None, ...]] = (
    *(None, [], ["name DESC"], ["last_updated_timestamp"], ["last_updated_timestamp DESC", "name"]),
    *(["timestamp desc"], ["name", "timestamp ASC"]),
)
VERSION_ORDERS: Final[tuple[list[str] | None, ...]] = (
    *(None, [], ["name DESC"], ["version_number"], ["name", "version_number ASC"]),
    *(["last_updated_timestamp ASC"], ["creation_timestamp DESC"], ["creation_timestamp", "name"]),
)
