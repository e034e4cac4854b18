"""Follows a route: the models of all its arms are loaded, and each unit gets that of its arm."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from serving_models import RETRY_S, Choice, Loaded, NotLoadedError, load, root_digest

from modelregistry import Client, RegistryError, Route, names

MOST_COPIES_WAITING = 100

log = logging.getLogger("serving")


class RouteFollower:
    """Answers each unit as the route says, and gives shadow arms copies of requests.

    A new revision of the route is in force at once, so a revoked arm answers no request any more; a
    request for an arm whose model is still loading waits for it. An arm that does not load is
    reported, and the default arm answers its units.
    """

    def __init__(self, registry: Client, ref: str, folder: Path, target: str) -> None:
        """Load the models of all arms; raises the error if that of the default arm fails."""
        self._registry = registry
        self._folder = folder
        self._loading = threading.Lock()
        self._loaded: dict[str, Loaded] = {}
        self._broken: dict[str, str] = {}
        self._answers: Counter[str] = Counter()
        self._copies: Counter[str] = Counter()
        self._equal: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(1, "copies")
        self._waiting = threading.Semaphore(MOST_COPIES_WAITING)
        self._router = registry.router(ref, on_change=self._update, target=target).open()
        self._load_all(self._router.current)
        self._model_of(default_version(self._router.current))

    def choose(self, unit: str) -> Choice:
        """Return the model for a unit; raises RegistryError when the route has none for it.

        Raises NotLoadedError when neither its arm nor the default arm could be loaded.
        """
        decision = self._router.route(unit)
        try:
            loaded = self._wait_for(decision.version)
        except (RegistryError, OSError) as error:  # unavailable, disk full
            log.warning("%s cannot be fetched: %s", decision.version, error)
            loaded = None
        facts: dict[str, object] = {"arm": decision.arm, "revision": decision.revision}
        if loaded is None:
            route = self._router.current
            loaded, facts["arm"] = self._model_of(default_version(route)), route.default_arm
        self._answers[str(facts["arm"])] += 1
        shadows = tuple(
            (shadow.arm, model)
            for shadow in decision.shadows
            if (model := self._loaded.get(shadow.version)) is not None
        )
        return Choice(loaded, facts, shadows)

    def copy(self, choice: Choice, rows: object, predictions: list[object]) -> None:
        """Let the shadow arms predict too, in another thread; drop copies if it falls behind."""
        if choice.shadows and self._waiting.acquire(blocking=False):
            self._pool.submit(self._predict, choice, rows, predictions)

    def _predict(self, choice: Choice, rows: object, predictions: list[object]) -> None:
        try:
            for arm, loaded in choice.shadows:
                self._copies[arm] += 1
                self._equal[arm] += loaded.model.predict(rows).tolist() == predictions
        except Exception:
            log.exception("a shadow arm failed")  # which no user may notice
        finally:
            self._waiting.release()

    def _update(self, now: Route | None, before: Route | None) -> None:
        # The router calls this in its own thread, after a new revision came into force.
        if now is None:
            log.warning("the route was removed")
            return
        while not self._load_all(now):
            time.sleep(RETRY_S)
        # Requests under way may still use a model of the revision before.
        used = {arm.version for route in (now, before) if route for arm in route.arms}
        with self._loading:
            self._loaded = {name: one for name, one in self._loaded.items() if name in used}

    def _load_all(self, route: Route) -> bool:
        """Load what is missing; False when another attempt may succeed."""
        self._broken = {}
        done = True
        for name in needed(route):
            try:
                self._wait_for(name)
            except (RegistryError, OSError) as error:  # unavailable, disk full
                log.warning("%s cannot be fetched: %s", name, error)
                self._broken[name] = str(error)
                done = False
        return done

    def _wait_for(self, name: str) -> Loaded | None:
        """Return the model of a version, which may have to be loaded; None when it is broken."""
        loaded = self._loaded.get(name)
        if loaded is not None:
            return loaded
        with self._loading:
            if name not in self._loaded and name not in self._broken:
                folder = self._fetched(name)
                try:
                    self._loaded = {**self._loaded, name: load(names.short_ref(name), folder)}
                except Exception as error:
                    # A version is immutable, so this one never loads.
                    self._broken[name] = f"does not load: {error!r}"
                    log.exception("%s does not load", name)
            return self._loaded.get(name)

    def _model_of(self, name: str) -> Loaded:
        loaded = self._wait_for(name)
        if loaded is None:
            raise NotLoadedError(name, self._broken.get(name, "is not loaded"))
        return loaded

    def _fetched(self, name: str) -> Path:
        """Return a folder with the files of a version; its name has their digest."""
        number = name.rpartition("/")[2]
        for kept in self._folder.glob(f"{number}-*"):
            if root_digest(kept) == f"sha256:{kept.name.partition('-')[2]}":
                return kept  # the registry is not needed
        version = self._registry.resolve(name)
        folder = self._folder / f"{number}-{version.root_digest.partition(':')[2]}"
        self._registry.pull(version, folder)
        return folder

    def close(self) -> None:
        """Stop following, and end the copies that wait."""
        self._router.close()
        self._pool.shutdown(cancel_futures=True)

    def health(self) -> Mapping[str, object]:
        """Return what each arm serves, and the seconds since the registry last confirmed that."""
        try:
            route = self._router.current
        except RegistryError as error:
            return {"problem": str(error), "stale": self._router.stale}
        arms = {
            arm.id: {
                "version": arm.version_ref,
                "weight": arm.weight,
                "loaded": arm.version in self._loaded,
                "answers": self._answers[arm.id],
                "copies": self._copies[arm.id],
                "equal": self._equal[arm.id],
            }
            for arm in route.arms
        }
        return {
            "route": route.ref,
            "revision": route.revision,
            "arms": arms,
            "age_s": round(self._router.age, 3),
            "stale": self._router.stale,
            "problem": "; ".join(f"{name} {why}" for name, why in sorted(self._broken.items())),
        }


def needed(route: Route) -> Iterable[str]:
    """Return the versions of the arms that may be chosen: the default arm's first."""
    forced = {route.default_arm, *route.overrides.values()}
    arms = [arm for arm in route.arms if arm.weight or arm.id in forced]
    return dict.fromkeys([default_version(route), *(arm.version for arm in arms)])


def default_version(route: Route) -> str:
    """Return the version of the default arm."""
    return next(arm.version for arm in route.arms if arm.id == route.default_arm)
