import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.digest import Digest
from tests.support.faults.amount import examples

HEX = "0123456789abcdef" * 4


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=examples(50))
def test_a_digest_is_what_its_text_parses_to(raw: bytes) -> None:
    digest = Digest(raw.hex())
    assert Digest.parse(str(digest)) == digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEX,
        "sha256:",
        f"sha256:{HEX[:-1]}",
        f"sha256:{HEX}0",
        f"sha256:{HEX}\n",
        f"sha256: {HEX}",
        f" sha256:{HEX}",
        f"sha256:{HEX.upper()}",
        f"SHA256:{HEX}",
        f"sha512:{HEX}",
        f"sha256:sha256:{HEX}",
        "sha256:" + "g" * 64,
        "sha256:" + "\u0660" * 64,
        "sha256:" + "\uff41" * 64,
    ],
)
def test_anything_but_the_wire_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"digest"):
        Digest.parse(text)


@pytest.mark.parametrize("text", ["", HEX[:-1], HEX + "\n", HEX.upper(), f"sha256:{HEX}"])
def test_a_digest_cannot_be_made_of_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match="not a sha256 digest"):
        Digest(text)


def test_a_refusal_never_repeats_a_huge_text() -> None:
    for text in ("x" * 1_000_000, "sha256:" + "x" * 1_000_000):
        with pytest.raises(ValueError, match="digest") as refusal:
            Digest.parse(text)
        assert len(str(refusal.value)) < 200
