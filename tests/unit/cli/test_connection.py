"""Flags, environment and profiles: which registry, and as whom."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modelregistry._secret import Secret
from modelregistry.cli.connection import Access, Flags, access
from modelregistry.cli.profile import Profile, load_profile, profiles_path
from modelregistry.errors import ConfigurationError

Write = Callable[..., Path]

SECRET = "mr_very-secret-token"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


@pytest.fixture
def write(environ: dict[str, str]) -> Write:
    def write(text: str, mode: int = 0o600) -> Path:
        path = profiles_path(environ)
        assert path is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    return write


def test_without_anything_the_registry_is_on_this_machine(environ: dict[str, str]) -> None:
    assert access(Flags(), environ) == Access(server="localhost:50051", namespace="default")


def test_profiles_lie_in_the_configuration_folder(environ: dict[str, str], tmp_path: Path) -> None:
    assert profiles_path(environ) == tmp_path / "config" / "modelreg" / "profiles.toml"
    assert profiles_path({}) == Path.home() / ".config" / "modelreg" / "profiles.toml"
    relative = {"XDG_CONFIG_HOME": "config"}
    assert profiles_path(relative) == Path.home() / ".config" / "modelreg" / "profiles.toml"


def test_a_flag_beats_the_environment_which_beats_the_default_profile(
    environ: dict[str, str], write: Write
) -> None:
    write('[default]\nserver = "profile:1"\nnamespace = "profile"\nca = "/ca.pem"\n')
    assert access(Flags(), environ).server == "profile:1"
    assert access(Flags(), environ).ca == Path("/ca.pem")
    environ |= {"MODELREG_NAMESPACE": "variable"}
    assert access(Flags(), environ).namespace == "variable"
    assert access(Flags(namespace="flag"), environ).namespace == "flag"


def test_a_profile_named_by_a_flag_beats_the_environment(
    environ: dict[str, str], write: Write
) -> None:
    write('[staging]\nserver = "staging:1"\n[other]\nserver = "other:1"\n')
    environ |= {"MODELREG_SERVER": "variable:1", "MODELREG_PROFILE": "other"}
    assert access(Flags(profile="staging"), environ).server == "staging:1"
    assert access(Flags(), environ).server == "variable:1"
    del environ["MODELREG_SERVER"]
    assert access(Flags(), environ).server == "other:1"


def test_a_token_comes_from_a_file_before_the_environment_before_a_profile(
    environ: dict[str, str], write: Write, tmp_path: Path
) -> None:
    write('[default]\ntoken = "profile"\n')
    assert access(Flags(), environ).token == Secret("profile")
    environ |= {"MODELREG_TOKEN": "variable"}
    assert access(Flags(), environ).token == Secret("variable")
    (tmp_path / "token").write_text("  file\n")
    assert access(Flags(token_file=tmp_path / "token"), environ).token == Secret("file")


def test_the_token_of_a_profile_goes_to_its_own_server_only(
    environ: dict[str, str], write: Write
) -> None:
    write(f'[default]\nserver = "registry.example:443"\ntoken = "{SECRET}"\nca = "/ca.pem"\n')
    elsewhere = access(Flags(server="elsewhere.example:443"), environ)
    assert elsewhere.token is None
    assert elsewhere.ca is None
    assert access(Flags(server="registry.example:443"), environ).token == Secret(SECRET)
    assert access(Flags(), environ | {"MODELREG_SERVER": "elsewhere.example:443"}).token is None


def test_flags_after_the_command_beat_those_before_it() -> None:
    outer = Flags(server="outer:1", namespace="outer", as_json=True)
    assert Flags(server="inner:1", plaintext=False).over(outer) == Flags(
        server="inner:1", namespace="outer", plaintext=False, as_json=True
    )


def test_a_token_is_not_part_of_any_text_form(environ: dict[str, str], write: Write) -> None:
    path = write(f'[default]\ntoken = "{SECRET}"\n')
    found = access(Flags(), environ)
    assert found.token == Secret(SECRET)
    assert SECRET not in f"{found!r} {found} {load_profile(path, None)}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_profile_file_with_a_token_that_others_can_read_is_refused(
    environ: dict[str, str], write: Write, mode: int
) -> None:
    path = write(f'[default]\nserver = "a:1"\n[x]\ntoken = "{SECRET}"\n', mode)
    with pytest.raises(ConfigurationError, match="chmod 600") as caught:
        access(Flags(), environ)
    assert f"{mode:04o}" in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_profile_file_without_a_token_may_be_read_by_all(
    environ: dict[str, str], write: Write
) -> None:
    write('[default]\nserver = "a:1"\n', 0o644)
    assert access(Flags(), environ).server == "a:1"


@pytest.mark.parametrize(
    "text,problem",
    [
        ('[default]\nsrever = "a:1"\n', "unknown key srever; known are ca, cert"),
        ("[default]\nserver = 7\n", "server must be a text"),
        ('[default]\nplaintext = "yes"\n', "plaintext must be true or false"),
        ('default = "a:1"\n', "is not a table"),
    ],
)
def test_a_profile_that_is_not_understood_is_refused(
    environ: dict[str, str], write: Write, text: str, problem: str
) -> None:
    write(text)
    with pytest.raises(ConfigurationError, match=problem):
        access(Flags(), environ)


def test_a_broken_profile_file_is_refused_without_quoting_it(
    environ: dict[str, str], write: Write
) -> None:
    write(f'[default]\ntoken = "{SECRET}\n')
    with pytest.raises(ConfigurationError, match="not valid TOML") as caught:
        access(Flags(), environ)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_named_profile_must_exist(environ: dict[str, str], write: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"profiles\.toml does not exist"):
        access(Flags(profile="staging"), environ)
    write('[other]\nserver = "a:1"\n')
    with pytest.raises(ConfigurationError, match=r"'staging' is not in .*; it has other"):
        access(Flags(profile="staging"), environ)
    assert load_profile(profiles_path(environ), None) == Profile()


@pytest.mark.parametrize("content", ["", "  \n", "two\nlines", "Zoë", "x" * 5000])
def test_a_token_file_without_a_token_is_refused(
    environ: dict[str, str], tmp_path: Path, content: str
) -> None:
    (tmp_path / "token").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"is empty|contains invalid characters"):
        access(Flags(token_file=tmp_path / "token"), environ)


def test_a_token_file_that_cannot_be_read_is_refused(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        access(Flags(token_file=tmp_path / "none"), environ)


def test_a_token_goes_unencrypted_to_another_machine_only_when_asked(
    environ: dict[str, str],
) -> None:
    environ |= {"MODELREG_TOKEN": SECRET}
    exposed = Flags(server="registry.example:80", plaintext=True)
    with pytest.raises(ConfigurationError, match="--token-in-plaintext") as caught:
        access(exposed, environ)
    assert SECRET not in str(caught.value)
    assert access(Flags(token_in_plaintext=True).over(exposed), environ).token == Secret(SECRET)
    assert access(Flags(server="127.0.0.1:80", plaintext=True), environ).token == Secret(SECRET)
