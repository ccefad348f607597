"""A bucket that is reached by ``storage_options`` alone, at a server that checks who asks: nothing tells a secret."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import telltale
from telltale.cli import main
from telltale.memory.errors import BadArgument, StoreIO
from telltale.memory.testing import HashingEmbedder

from .conftest import refunds

Options = dict[str, str]
BUCKET = "private"
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def options(speaks_s3: str) -> Iterator[Options]:
    """What leads to the bucket, which nothing in the environment does."""
    boto3 = pytest.importorskip("boto3", reason="needs moto[server]")
    named = {"region_name": "us-east-1", "aws_access_key_id": "me", "aws_secret_access_key": "mine"}
    boto3.client("s3", endpoint_url=speaks_s3, **named).create_bucket(Bucket=BUCKET)
    people = boto3.client("iam", endpoint_url=speaks_s3, **named)
    people.create_user(UserName="agent")
    people.put_user_policy(UserName="agent", PolicyName="all", PolicyDocument=json.dumps(MAY))
    key = people.create_access_key(UserName="agent")["AccessKey"]
    with pytest.MonkeyPatch.context() as changed:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            changed.delenv(name)
        changed.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)  # from now on it checks who asks
        yield {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
            "region": "us-east-1",
            "endpoint": speaks_s3,
            "allow_http": "true",
        }


def test_options_alone_lead_to_a_memory_in_a_bucket(options: Options) -> None:
    with telltale.open(f"s3://{BUCKET}/a", embedder=HashingEmbedder(), storage_options=options) as memory:
        memory.remember(refunds(1))
        assert memory.recall("Refund order 7, it was paid by credit card").verdicts
        assert (memory.check(), len(memory.forget(source="shop"))) == ([], 2)
        assert not [value for value in secrets(options) if value in repr((memory, vars(memory), vars(memory._store)))]


def test_an_awaited_memory_takes_them_too_and_a_library_is_reached_with_them(options: Options) -> None:
    async def both() -> int:
        shared = f"s3://{BUCKET}/b"
        async with await telltale.AsyncAgentMemory.open(shared, "shared", storage_options=options) as memory:
            await memory.remember(refunds(1))
            await memory.grant("*")
        async with await telltale.AsyncAgentMemory.open(shared, library="shared", storage_options=options) as memory:
            return len((await memory.recall("Refund order 7, it was paid by credit card")).verdicts)

    assert asyncio.run(both()) > 0


def test_files_of_the_same_bucket_are_taken_in_with_them(options: Options, tmp_path: Path) -> None:
    upload(options, "traces/a.jsonl", b'{"text": "Refund order 1", "plan": "refund"}\n')
    with telltale.open(f"s3://{BUCKET}/c", embedder=HashingEmbedder(), storage_options=options) as memory:
        assert memory.ingest(f"s3://{BUCKET}/traces").stored == 1
    with telltale.open(tmp_path / "local", embedder=HashingEmbedder()) as memory:
        assert memory.ingest(f"s3://{BUCKET}/traces", storage_options=options).stored == 1


def test_the_command_line_takes_them_one_by_one(options: Options) -> None:
    telltale.open(f"s3://{BUCKET}/d", storage_options=options).close()
    asked = ["check", *reaching("d", options)]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    wrong = CliRunner().invoke(main, [*asked, "--storage-option", "hunter22"])
    assert wrong.exit_code != 0
    assert "hunter22" not in wrong.output + repr(wrong.exception)


def test_keys_tenants_and_hooks_take_them_too(options: Options) -> None:
    there, runner = reaching("e", options), CliRunner()
    assert runner.invoke(main, ["keys", "create", "--right", "read", "--tenant", "a", *there]).exit_code == 0
    assert [
        key["tenant"] for key in json.loads(runner.invoke(main, ["keys", "list", *there, "--json"]).output)["keys"]
    ] == ["a"]
    assert runner.invoke(main, ["tenants", "create", "b", *there]).exit_code == 0
    for listed in (["tenants", *there], ["tenants", *there, "list"], ["tenants", "list", *there]):
        assert runner.invoke(main, listed).output.split() == ["a", "b"]
    done = runner.invoke(main, ["hook", "recall", "--tenant", "b", *there], input='{"prompt": "Refund order 1"}')
    assert (done.exit_code, done.output) == (0, "")


def test_a_server_and_mcp_take_them_and_tell_none(options: Options) -> None:
    command = [sys.executable, "-c", "from telltale.cli import main; main()"]
    with subprocess.Popen(
        [*command, "serve", "--port", "0", *reaching("f", options)], stderr=subprocess.PIPE
    ) as server:
        assert server.stderr is not None
        address = server.stderr.readline().decode().split()[-1]
        with telltale.open(address) as memory:
            memory.remember(refunds(1))
            assert memory.check() == []
        server.terminate()
        said = server.stderr.read().decode()
    mcp = subprocess.run([*command, "mcp", *reaching("f", options)], input=b"", capture_output=True, check=True)
    assert not [value for value in secrets(options) if value in f"{said}{mcp.stdout!r}{mcp.stderr!r}"]
    with telltale.open(f"s3://{BUCKET}/f", storage_options=options) as memory:
        assert len(list(memory.episodes())) == 2


@pytest.mark.parametrize("name", ["aws_secret_access_key", pytest.param("aws_access_key_id", marks=pytest.mark.long)])
def test_wrong_credentials_are_an_error_that_tells_none(
    options: Options, name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = options | {name: "AKIAIOSFODNN7EXAMPLE/hunter22"}
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreIO, match="credentials were not accepted") as raised:
        telltale.open(f"s3://{BUCKET}/a", embedder=HashingEmbedder(), storage_options=wrong)
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("moto")]  # the other side
    told = "".join([*traceback.format_exception(raised.value), *logged, *capfd.readouterr()])
    assert not [value for value in secrets(wrong) if value in told]


@pytest.mark.parametrize(
    ("address", "further"),
    [
        ("az://box/a", {"account_name": "me", "account_key": "aHVudGVyMjI=", "azure_endpoint": "http://127.0.0.1:9"}),
        ("gs://box/a", {"google_skip_signature": "true", "google_base_url": "http://127.0.0.1:9"}),
    ],
)
def test_other_stores_get_their_options_too_and_say_that_nobody_is_there(address: str, further: Options) -> None:
    with pytest.raises(StoreIO, match=r"127\.0\.0\.1:9.*Connection refused") as raised:
        telltale.open(address, storage_options=further | {"allow_http": "true", "client_max_retries": "0"})
    assert "aHVudGVyMjI=" not in str(raised.value)


def test_an_option_that_is_no_text_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="no text under 'allow_http'"):
        telltale.open(tmp_path, storage_options={"allow_http": True})  # type: ignore[dict-item]


def reaching(store: str, options: Options) -> list[str]:
    """Options of a command that lead to a store in the bucket."""
    given = [part for name, value in options.items() for part in ("--storage-option", f"{name}={value}")]
    return ["--store", f"s3://{BUCKET}/{store}", *given]


def secrets(options: Options) -> list[str]:
    """What must be told nowhere."""
    return [value for name, value in options.items() if name.endswith(("_id", "_key"))]


def upload(options: Options, name: str, body: bytes) -> None:
    """Put an object into the bucket."""
    boto3 = pytest.importorskip("boto3", reason="needs moto[server]")

    named = {key: options[key] for key in ("aws_access_key_id", "aws_secret_access_key")}
    client = boto3.client("s3", endpoint_url=options["endpoint"], region_name=options["region"], **named)
    client.put_object(Bucket=BUCKET, Key=name, Body=body)
