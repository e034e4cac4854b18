import google_crc32c
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.services.crc32c import combined


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_the_parts_give_the_checksum_of_the_whole(first: bytes, second: bytes) -> None:
    parts = google_crc32c.value(first), google_crc32c.value(second)
    assert combined(*parts, len(second)) == google_crc32c.value(first + second)


def test_long_parts_do_too() -> None:
    first, second = b"a" * 3_000_001, b"b" * (1 << 20)
    parts = google_crc32c.value(first), google_crc32c.value(second)
    assert combined(*parts, len(second)) == google_crc32c.value(first + second)
