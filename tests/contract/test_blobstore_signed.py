"""Signed addresses, from which clients read without the registry."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from registry_grpc.services.ports.blobstore import SignedUrl, StoredBlob
from registry_grpc.storage.gcs import GcsBlobStore
from tests.support.blobstores import NAMESPACE, digest_of, gcs_store, publish
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_http import serving
from tests.support.gcs_fake_signed import ServiceAccount

DATA = os.urandom(100_000)
VALID_FOR = timedelta(minutes=15)


@pytest.fixture(scope="module")
def account() -> ServiceAccount:
    return ServiceAccount()


@pytest.fixture
def fake(account: ServiceAccount) -> GcsFake:
    return GcsFake(account)


@pytest.fixture
def endpoint(fake: GcsFake) -> Iterator[str]:
    with serving(fake) as address:
        yield address


@pytest.fixture
def store(endpoint: str, account: ServiceAccount) -> Iterator[GcsBlobStore]:
    with gcs_store(endpoint, signer=account.credentials()) as ready:
        yield ready


def sign(store: GcsBlobStore, stored: StoredBlob, valid_for: timedelta = VALID_FOR) -> SignedUrl:
    signed = store.sign(
        NAMESPACE,
        digest_of(DATA),
        generation=stored.generation,
        valid_for=valid_for,
        now=datetime.now(UTC),
    )
    assert signed is not None
    return signed


def test_a_signed_address_gives_the_blob_to_whoever_has_it(store: GcsBlobStore) -> None:
    signed = sign(store, publish(store, DATA))
    assert requests.get(signed.url.reveal(), timeout=60).content == DATA


@pytest.mark.parametrize("first, last", [(0, 0), (10, 999), (99_999, 99_999)])
def test_a_signed_address_gives_any_range(store: GcsBlobStore, first: int, last: int) -> None:
    signed = sign(store, publish(store, DATA))
    reply = requests.get(
        signed.url.reveal(), headers={"Range": f"bytes={first}-{last}"}, timeout=60
    )
    assert reply.status_code == 206
    assert reply.content == DATA[first : last + 1]


def test_a_signed_address_tells_when_it_expires(store: GcsBlobStore) -> None:
    before = datetime.now(UTC)
    signed = sign(store, publish(store, DATA))
    assert before + VALID_FOR <= signed.expire_time <= datetime.now(UTC) + VALID_FOR


def test_no_address_is_valid_for_longer_than_google_allows(store: GcsBlobStore) -> None:
    signed = sign(store, publish(store, DATA), timedelta(days=30))
    assert signed.expire_time <= datetime.now(UTC) + timedelta(days=7)
    assert requests.get(signed.url.reveal(), timeout=60).content == DATA


def test_an_address_that_has_expired_gives_nothing(
    store: GcsBlobStore, account: ServiceAccount, endpoint: str
) -> None:
    signed = sign(store, publish(store, DATA))
    host = {"host": endpoint.removeprefix("http://")}
    target = signed.url.reveal().removeprefix(endpoint)
    account.check("GET", target, host, datetime.now(UTC))
    with pytest.raises(Exception, match="expired"):
        account.check("GET", target, host, signed.expire_time + timedelta(seconds=2))


def test_a_signed_address_is_bound_to_its_generation(store: GcsBlobStore, fake: GcsFake) -> None:
    stored = publish(store, DATA)
    signed = sign(store, stored)
    assert f"generation={stored.generation}" in signed.url.reveal()
    other = signed.url.reveal().replace(f"generation={stored.generation}", "generation=1")
    assert requests.get(other, timeout=60).status_code == 403
    (name,) = fake.objects
    fake.publish(name, DATA)
    assert requests.get(signed.url.reveal(), timeout=60).status_code == 404


def test_a_signed_address_opens_no_other_object(store: GcsBlobStore) -> None:
    signed = sign(store, publish(store, DATA))
    publish(store, b"other")
    other = signed.url.reveal().replace(digest_of(DATA).hex, digest_of(b"other").hex)
    assert requests.get(other, timeout=60).status_code == 403


def test_a_key_that_the_bucket_does_not_know_opens_nothing(endpoint: str) -> None:
    with gcs_store(endpoint, signer=ServiceAccount().credentials()) as stranger:
        signed = sign(stranger, publish(stranger, DATA))
    assert requests.get(signed.url.reveal(), timeout=60).status_code == 403
