"""Random calls of MLflow's client against two stores, compared one by one."""

import itertools
import threading
from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from mlflow import MlflowClient
from typing_extensions import override

from tests.support.mlflow import grammar
from tests.support.mlflow.outcomes import Outcome, outcome, walked

Call = Callable[[MlflowClient], object]

_pages = st.sampled_from((1, 2, 3, 100))


class SameCalls(RuleBasedStateMachine):
    """MLflow's SQL store and the registry, each behind a client of MLflow.

    `pair` returns the two clients, MLflow's first, each with an empty registry; `source` is the
    URI of a folder with a model.
    """

    pair: Callable[[], tuple[MlflowClient, MlflowClient]]
    source: str

    @initialize()
    def begin(self) -> None:
        self.theirs, self.ours = type(self).pair()
        self.calls: list[str] = []
        self.differ = False
        self.texts = map("text {}".format, itertools.count(1))
        # Otherwise most calls would be about models that do not exist.
        for name in grammar.USUAL_MODELS:
            self.do("create_registered_model", name, tags={"team": "risk"})
            for _ in range(2):
                self.do("create_model_version", name, self.source)
        self.do("register_prompt", grammar.PROMPTS[0], "Hello {{name}}")

    def same(self, what: str, call: Call) -> Outcome:
        """Make a call against both, and compare what becomes of it."""
        self.calls.append(what)
        expected = outcome(lambda: call(self.theirs))
        _settle()
        found = outcome(lambda: call(self.ours))
        _settle()
        if expected != found:
            self.differ = True
            said = [*self.calls, f"MLflow:   {expected}", f"registry: {found}"]
            pytest.fail("\n".join(said), pytrace=False)
        return expected

    def do(self, method: str, *given: object, **named: object) -> Outcome:
        """Call one method of the client."""
        shown = ", ".join(
            [*map(repr, given), *(f"{key}={value!r}" for key, value in named.items())]
        )
        return self.same(
            f"{method}({shown})", lambda client: getattr(client, method)(*given, **named)
        )

    # Registered models.

    @rule(name=grammar.any_model, tags=grammar.tags, description=grammar.descriptions)
    def create_model(self, name: str, tags: dict[str, str], description: str | None) -> None:
        self.do("create_registered_model", name, tags=tags, description=description)

    @rule(name=grammar.any_model)
    def get_model(self, name: str) -> None:
        self.do("get_registered_model", name)

    @rule(name=grammar.any_model, description=grammar.descriptions)
    def update_model(self, name: str, description: str | None) -> None:
        self.do("update_registered_model", name, description)
        self._touch_model(name)

    @rule(name=grammar.models, to=grammar.any_model)
    def rename_model(self, name: str, to: str) -> None:
        done = self.do("rename_registered_model", name, to)
        if not done.code:
            # Its versions changed there, all at one time.
            for number in range(1, 9):
                self._touch_version(to, number)

    @rule(name=grammar.any_model)
    def delete_model(self, name: str) -> None:
        self.do("delete_registered_model", name)

    @rule(name=grammar.any_model, key=grammar.any_tag_key, value=grammar.tag_values)
    def tag_model(self, name: str, key: str, value: str) -> None:
        self.do("set_registered_model_tag", name, key, value)
        self._touch_model(name)

    @rule(name=grammar.any_model, key=grammar.any_tag_key)
    def untag_model(self, name: str, key: str) -> None:
        self.do("delete_registered_model_tag", name, key)
        self._touch_model(name)

    # Versions. Most rules are about versions, so this one has four chances to make them.

    @rule(
        names=st.lists(grammar.models, min_size=1, max_size=4),
        run=grammar.runs,
        tags=grammar.tags,
        description=grammar.descriptions,
        place=st.sampled_from(("", "", "s3://nowhere/model")),
        link=st.sampled_from((None, "http://runs/1")),
    )
    def create_versions(
        self,
        names: list[str],
        run: str,
        tags: dict[str, str],
        description: str | None,
        place: str,
        link: str | None,
    ) -> None:
        for name in names:
            self.do(
                "create_model_version",
                name,
                place or self.source,
                run_id=run or None,
                tags=tags,
                description=description,
                run_link=link,
            )

    @rule(name=grammar.any_model, number=grammar.any_number)
    def get_version(self, name: str, number: int | str) -> None:
        self.do("get_model_version", name, number)

    @rule(name=grammar.any_model, number=grammar.any_number, description=grammar.descriptions)
    def update_version(self, name: str, number: int | str, description: str | None) -> None:
        self.do("update_model_version", name, number, description)
        self._touch_version(name, number)

    @rule(name=grammar.any_model, number=grammar.any_number)
    def delete_version(self, name: str, number: int | str) -> None:
        self.do("delete_model_version", name, number)

    @rule(
        name=grammar.models, number=grammar.numbers, stage=grammar.any_stage, archive=st.booleans()
    )
    def move_version(self, name: str, number: int | str, stage: str, archive: bool) -> None:
        moved = self.do("transition_model_version_stage", name, number, stage, archive)
        if not moved.code:
            self._touch_version(name, number)

    @rule(name=grammar.any_model, stages=st.none() | st.lists(grammar.any_stage, max_size=3))
    def latest_versions(self, name: str, stages: list[str] | None) -> None:
        def latest(client: MlflowClient) -> object:
            return sorted(
                client.get_latest_versions(name, stages), key=lambda each: int(each.version)
            )

        self.same(f"get_latest_versions({name!r}, {stages})", latest)

    @rule(
        name=grammar.models,
        number=grammar.any_number,
        key=grammar.any_tag_key,
        value=grammar.tag_values,
    )
    def tag_version(self, name: str, number: int | str, key: str, value: str) -> None:
        self.do("set_model_version_tag", name, number, key, value)
        self._touch_version(name, number)

    @rule(name=grammar.models, number=grammar.any_number, key=grammar.any_tag_key)
    def untag_version(self, name: str, number: int | str, key: str) -> None:
        self.do("delete_model_version_tag", name, number, key)
        self._touch_version(name, number)

    @rule(name=grammar.models, number=grammar.any_number)
    def ask_for_the_bytes(self, name: str, number: int | str) -> None:
        def asked(client: MlflowClient) -> object:
            return bool(client.get_model_version_download_uri(name, number))

        self.same(f"get_model_version_download_uri({name!r}, {number!r})", asked)

    @rule(name=grammar.models, number=grammar.numbers, to=grammar.any_model)
    def copy_version(self, name: str, number: int | str, to: str) -> None:
        self.do("copy_model_version", f"models:/{name}/{number}", to)

    # Aliases.

    @rule(name=grammar.models, alias=grammar.any_alias, number=grammar.any_number)
    def set_alias(self, name: str, alias: str, number: int | str) -> None:
        self.do("set_registered_model_alias", name, alias, number)

    @rule(name=grammar.models, alias=grammar.any_alias)
    def get_by_alias(self, name: str, alias: str) -> None:
        self.do("get_model_version_by_alias", name, alias)

    @rule(name=grammar.models, alias=grammar.any_alias)
    def delete_alias(self, name: str, alias: str) -> None:
        self.do("delete_registered_model_alias", name, alias)

    # Searches.

    @rule(text=grammar.model_filters, order=grammar.model_orders, most=_pages)
    def search_models(self, text: str | None, order: list[str] | None, most: int) -> None:
        self._search("search_registered_models", text, order, most)

    @rule(text=grammar.version_filters, order=grammar.version_orders, most=_pages)
    def search_versions(self, text: str | None, order: list[str] | None, most: int) -> None:
        self._search("search_model_versions", text, order, most)

    def _touch_model(self, name: str) -> None:
        """Change the model in both: a tag is no change there, and an equal text none here."""
        self.do("update_registered_model", name, next(self.texts))

    def _touch_version(self, name: str, number: int | str) -> None:
        """Change version and model in both: a change of a version is none of its model there."""
        self.do("update_model_version", name, number, next(self.texts))
        self._touch_model(name)

    @override
    def teardown(self) -> None:
        """Compare all models and versions at the end, found by many filters and orders."""
        if self.differ:
            return
        for text in grammar.MODEL_SURVEY:
            self._search("search_registered_models", text, None, 100)
        for order in grammar.MODEL_ORDERS:
            self._search("search_registered_models", None, order, 2)
        for text in grammar.VERSION_SURVEY:
            self._search("search_model_versions", text, None, 100)
        for order in grammar.VERSION_ORDERS:
            self._search("search_model_versions", None, order, 3)

    def _search(self, method: str, text: str | None, order: list[str] | None, most: int) -> None:
        def found(client: MlflowClient) -> object:
            return walked(getattr(client, method), most, filter_string=text, order_by=order)

        self.same(f"{method}({text!r}, {order}, {most})", found)

    # Prompts.

    @rule(
        name=st.sampled_from((*grammar.PROMPTS, *grammar.PROMPTS, "fraud")),
        text=st.sampled_from(("Hello {{name}}", "x" * 6000)),
        message=grammar.descriptions,
        tags=grammar.tags,
    )
    def register_prompt(
        self, name: str, text: str, message: str | None, tags: dict[str, str]
    ) -> None:
        # The name of a model, as long as it has one: else it would become a prompt, whose other
        # versions MLflow leaves out of searches.
        if name not in grammar.PROMPTS and self.do("get_registered_model", name).code:
            return
        # The client adds to the tags that it is given.
        self.same(
            f"register_prompt({name!r}, …, {message!r}, {tags})",
            lambda client: client.register_prompt(
                name, text, commit_message=message, tags=dict(tags)
            ),
        )

    @rule(
        name=st.sampled_from((*grammar.PROMPTS, "nowhere")),
        at=st.sampled_from(("/1", "/2", "@champion", "@latest", "/9")),
    )
    def load_prompt(self, name: str, at: str) -> None:
        self.do("load_prompt", f"prompts:/{name}{at}")

    @rule(name=st.sampled_from(grammar.PROMPTS), alias=grammar.any_alias, number=grammar.numbers)
    def set_prompt_alias(self, name: str, alias: str, number: int | str) -> None:
        self.do("set_prompt_alias", name, alias, int(number))

    @rule(name=st.sampled_from(grammar.PROMPTS), alias=grammar.any_alias)
    def delete_prompt_alias(self, name: str, alias: str) -> None:
        self.do("delete_prompt_alias", name, alias)


def _settle() -> None:
    """Wait for what the client does of prompts in the background."""
    for thread in threading.enumerate():
        if "prompt" in thread.name:
            thread.join()
