"""What is wrong with a client's settings is said by us: the clients say it at length, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from kafka.errors import InvalidReplicationFactorError, KafkaConnectionError, TopicAuthorizationFailedError

from tests.services.processes import free_port
from worker.adapters.kafka_admin import KafkaAdmin, said
from worker.adapters.kafka_client import client_settings, consumer_of_no_group
from worker.adapters.kafka_worker_clients import group_consumer
from worker.adapters.redis_client import connect
from worker.errors import TransientError, UsageError
from worker.settings import Settings


@pytest.mark.parametrize("option", ["unknown=1", "socket_timeout=soon", "max_connections=x"])
def test_an_option_of_the_redis_url_that_does_not_exist_is_named(option: str) -> None:
    with pytest.raises(UsageError, match=rf"redis\.url.*{option.partition('=')[0]}"):
        connect(f"redis://:hush@localhost/0?{option}", 1.0)


@pytest.mark.parametrize("key", ["ssl_cafile", "ssl_certfile"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_certificate_that_cannot_be_read_is_named(key: str, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "file.pem").write_bytes(content)
    kafka = {"security_protocol": "SSL", key: str(tmp_path / "file.pem")}
    with pytest.raises(UsageError, match=rf"kafka\.{key}.*: ."):
        client_settings(Settings.model_validate({"kafka": kafka}))


@pytest.mark.parametrize(
    "made",
    [KafkaAdmin, lambda told: consumer_of_no_group(told, "asks"), lambda told: group_consumer(told, "one")],
    ids=["admin", "consumer", "member"],
)
def test_a_client_that_finds_no_broker_leaves_no_thread_behind(
    made: Callable[[Settings], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for Kafka makes one every few seconds: it ran out of file descriptors in half an hour."""
    monkeypatch.setattr("worker.adapters.kafka_client.BOOTSTRAP_MS", 100)
    told = Settings.model_validate({"kafka": {"bootstrap_servers": f"127.0.0.1:{free_port()}"}})
    before = set(threading.enumerate())
    with pytest.raises(TransientError, match="bootstrap"):
        made(told)
    assert set(threading.enumerate()) <= before


def test_of_an_error_of_kafka_the_reason_is_shown_and_not_the_whole_request() -> None:
    dumped = "Request 'CreateTopicsRequest(version=7)' failed with response 'Response(topics=[%s])'."
    reason = "error_code=38, error_message='only 1 broker(s) are registered.', topic_config_error_code=0"
    assert said(InvalidReplicationFactorError(dumped % reason)) == (
        "[Error 38] InvalidReplicationFactorError: only 1 broker(s) are registered."
    )
    assert said(TopicAuthorizationFailedError(dumped % "error_message=None)")) == (
        "[Error 29] TopicAuthorizationFailedError"
    )
    assert said(KafkaConnectionError("no route")) == "KafkaConnectionError: no route"


def test_partitions_that_were_added_are_there_when_it_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else `topics create --alter` says in one line that it raised their number, and that it is too low."""
    counts = [2, 2, 5]
    monkeypatch.setattr(KafkaAdmin, "__init__", lambda self: None)
    monkeypatch.setattr(KafkaAdmin, "partitions", lambda self, topics: {topics[0]: counts.pop(0)})
    admin = KafkaAdmin()  # type: ignore[call-arg]
    admin._client = SimpleNamespace(create_partitions=lambda totals: None)
    admin.add_partitions("raw", 5)
    assert not counts
