"""MLflow's pages over the registry in a real browser: `make test-mlflow-pages`.

Chromium comes from Debian's packages; its driver from PyPI (tests/mlflow/pages.txt). Pictures of
the pages are written to build/mlflow-pages, to be looked at.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import mlflow
import pytest
from mlflow import MlflowClient
from playwright.sync_api import Page, Route, expect, sync_playwright

from tests.support.mlflow.registry import ROOT, Registry
from tests.support.mlflow.server import MlflowServer, serving

PICTURES: Final = ROOT / "build" / "mlflow-pages"
FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE_MS: Final = 180_000


@pytest.fixture(scope="module")
def server(
    registry: Registry, empty_tracking: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    folder = tmp_path_factory.mktemp("pages")
    database = folder / "mlflow.db"
    database.write_bytes(empty_tracking.read_bytes())
    uri = registry.uri(registry.namespace("pages"))
    with serving(folder / "server", f"sqlite:///{database}", uri) as running:
        mlflow.set_tracking_uri(running.uri)
        mlflow.set_experiment("pages")
        client = MlflowClient(running.uri)
        client.create_registered_model("Production_RF", tags={"team": "risk"})
        for content in ("one", "three"):
            with mlflow.start_run() as run:
                mlflow.log_param("content", content)
                mlflow.log_metric("auc", len(content) / 10)
                mlflow.log_text(content, "model/weights.txt")
            place = f"{run.info.artifact_uri}/model"
            client.create_model_version("Production_RF", place, run.info.run_id)
        client.set_registered_model_alias("Production_RF", "champion", "1")
        client.set_model_version_tag("Production_RF", "1", "checked", "yes")
        client.register_prompt("greeting", "Hello {{name}}")
        yield running
        mlflow.set_tracking_uri(None)


@pytest.fixture
def page(server: MlflowServer, tmp_path: Path) -> Iterator[Page]:
    program = shutil.which("chromium")
    assert program, "install Chromium: apt-get install --no-install-recommends chromium"
    PICTURES.mkdir(parents=True, exist_ok=True)

    def local(route: Route) -> None:
        inside = route.request.url.startswith(server.uri)
        route.continue_() if inside else route.abort()

    with sync_playwright() as driver:
        browser = driver.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=program,
            args=list(FLAGS),
            headless=True,
            viewport={"width": 1_800, "height": 900},
        )
        browser.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        browser.route("**/*", local)
        yield browser.new_page()
        browser.close()


def show(page: Page, server: MlflowServer, path: str) -> None:
    page.goto("about:blank")
    page.goto(f"{server.uri}/#{path}")
    # It covers what lies beside it.
    page.add_style_tag(content="[data-testid=assistant-panel] { display: none }")


def see(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.get_by_text(text).first).to_be_visible()


def test_models_versions_aliases_tags_and_prompts_are_shown(
    page: Page, server: MlflowServer
) -> None:
    for name, path, texts in (
        ("models", "/models", ("Production_RF", "champion")),
        ("model", "/models/Production_RF", ("team", "risk", "Version 2", "champion", "checked")),
        ("version", "/models/Production_RF/versions/1", ("checked", "yes", "champion")),
        ("prompts", "/prompts", ("greeting",)),
        ("prompt", "/prompts/greeting", ("Hello",)),
    ):
        show(page, server, path)
        see(page, *texts)
        if name == "models":  # MLflow tells new users of its aliases
            page.get_by_role("button", name="Try it now").click()
            expect(page.get_by_role("dialog")).to_be_hidden()
        page.screenshot(path=PICTURES / f"{name}.png")


def test_a_tag_and_an_alias_are_set_by_clicks(page: Page, server: MlflowServer) -> None:
    show(page, server, "/models/Production_RF")
    see(page, "champion")
    page.get_by_placeholder("Name").fill("owner")
    page.get_by_placeholder("Value").fill("ann")
    page.get_by_role("button", name="Add", exact=True).first.click()
    see(page, "ann")
    assert MlflowClient(server.uri).get_registered_model("Production_RF").tags["owner"] == "ann"
    page.screenshot(path=PICTURES / "tag.png")

    page.get_by_role("button", name="Add", exact=True).last.click()
    page.get_by_role("dialog").get_by_role("combobox").click()
    page.keyboard.type("challenger")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save aliases").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()  # MLflow's page does not read it again, over its own store neither
    see(page, "challenger")
    page.screenshot(path=PICTURES / "alias.png")
    aliases = MlflowClient(server.uri).get_registered_model("Production_RF").aliases
    assert "challenger" in aliases


def test_a_stage_is_changed_and_versions_are_compared(page: Page, server: MlflowServer) -> None:
    client = MlflowClient(server.uri)
    show(page, server, "/models/Production_RF")
    see(page, "champion")
    for box in page.get_by_role("checkbox").all()[-2:]:
        box.check(force=True)
    page.get_by_test_id("compareButton").click()
    see(page, "Comparing 2 Versions", "content", '"one"', '"three"', "auc", "0.3", "0.5")
    page.screenshot(path=PICTURES / "compare.png", full_page=True)

    show(page, server, "/models/Production_RF/versions/2")
    see(page, "New model registry UI")
    page.get_by_role("switch").last.click()
    page.get_by_role("button", name="Disable").click()
    page.get_by_text("None", exact=True).last.click()
    page.get_by_text("Production", exact=True).last.click()
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    expect(page.get_by_text("Production", exact=True).last).to_be_visible()
    page.screenshot(path=PICTURES / "stage.png")
    assert client.get_model_version("Production_RF", "2").current_stage == "Production"
