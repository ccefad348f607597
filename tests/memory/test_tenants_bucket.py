"""Tenants in a bucket: called otherwise and taken away as in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from telltale.memory.store import Store
from telltale.memory.testing import HashingEmbedder, an_episode, put

CANARY = "canary71c2"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket behind S3's own protocol on this machine."""
    server_of = pytest.importorskip("moto.server", reason="needs moto[server]")
    boto3 = pytest.importorskip("boto3", reason="needs boto3")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    told = {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "REGION": "us-east-1", "DEFAULT_REGION": "us-east-1"}
    for name, value in {**told, "ENDPOINT": address, "ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    made = boto3.resource("s3", endpoint_url=address, region_name="us-east-1").Bucket("memories")
    made.create()
    yield made
    server.stop()


def test_a_tenant_in_a_bucket_is_renamed_and_deleted_down_to_the_bytes(bucket: Any) -> None:
    store = Store.open("s3://memories/store")
    for name in ("other", "old"):
        put(
            store.tenant(name, embedder=HashingEmbedder()),
            an_episode(f"refund for {CANARY if name == 'old' else name}"),
        )
    store.rename("old", CANARY)
    assert (store.tenants(), store.tenant(CANARY).count()) == ([CANARY, "other"], 1)
    store.delete(CANARY)
    assert store.tenants() == ["other"]
    assert not [one.key for one in bucket.objects.all() if CANARY.encode() in one.get()["Body"].read()]
    assert [episode.text for episode in store.tenant("other").episodes()] == ["refund for other"]
