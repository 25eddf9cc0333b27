"""What all Kafka clients of Winnow share: where the brokers are, who we are, and what errors mean."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka import KafkaConsumer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from kafka.net.compat import KafkaNetClient

from worker.errors import TransientError, UsageError
from worker.settings import KafkaSettings, Settings

C = TypeVar("C")

BOOTSTRAP_MS = 10_000
"""After which it is said that nobody answers; whoever can wait tries again."""
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError)
"""Errors of a record that no repetition mends."""
PRODUCER_BATCH = 1024 * 1024
"""Bytes; measured 31 µs per record against 112 µs with the client's default of 16 KiB."""


@contextmanager
def kafka_errors() -> Iterator[None]:
    """Inside, and around what it decorates, an error of the client is a TransientError."""
    try:
        yield
    except KafkaError as error:
        raise TransientError(f"Kafka: {error}") from error


def opened(client: Callable[..., C], **told: Any) -> C:
    """A client of kafka-python. One that finds no broker is closed: the library would leave its thread and
    its sockets behind, and who waits for Kafka tries again every few seconds. Raises KafkaError."""
    connections: list[KafkaNetClient] = []

    def connect(**own: Any) -> KafkaNetClient:
        connections.append(KafkaNetClient(**own))
        return connections[-1]

    try:
        return client(**told, kafka_client=connect)
    except BaseException:
        for connection in connections:
            connection.close()
        raise


def client_settings(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for any kafka-python client. Raises UsageError where a certificate cannot be read."""
    kafka = settings.kafka
    told: dict[str, Any] = {
        "bootstrap_servers": [address.strip() for address in kafka.bootstrap_servers.split(",")],
        "security_protocol": kafka.security_protocol,
        "request_timeout_ms": kafka.request_timeout_ms,
        # Back within a second when a broker is back; the default waits up to 30 s.
        "reconnect_backoff_max_ms": 1000,
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
    }
    if "SSL" in kafka.security_protocol:
        _try_certificates(kafka)
        told |= {
            "ssl_cafile": kafka.ssl_cafile,
            "ssl_certfile": kafka.ssl_certfile,
            "ssl_keyfile": kafka.ssl_keyfile,
            "ssl_check_hostname": kafka.ssl_check_hostname,
        }
    if kafka.security_protocol.startswith("SASL"):
        told |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": kafka.sasl_password and kafka.sasl_password.get_secret_value(),
        }
    return told


def producer_settings(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for a producer of records; without those of a transaction."""
    compression = settings.kafka.compression
    return {
        **client_settings(settings),
        "metrics_enabled": False,
        "enable_idempotence": True,
        "acks": "all",
        # A batch never exceeds what a topic takes, so that a refusal always means one record.
        "batch_size": min(PRODUCER_BATCH, settings.topics.raw_max_message_bytes),
        "compression_type": None if compression == "none" else compression,
        "allow_auto_create_topics": False,
    }


@kafka_errors()
def consumer_of_no_group(settings: Settings, client_id: str, **own: Any) -> Any:
    """A consumer that is assigned its partitions by hand and commits nothing. Raises TransientError."""
    return opened(
        KafkaConsumer,
        **client_settings(settings),
        client_id=client_id,
        group_id=None,
        metrics_enabled=False,
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        **own,
    )


def _try_certificates(kafka: KafkaSettings) -> None:
    """The client itself would only say that no broker answers."""
    context = ssl.create_default_context()
    try:
        key = "ssl_cafile"
        if kafka.ssl_cafile:
            context.load_verify_locations(kafka.ssl_cafile)
        key = "ssl_certfile, ssl_keyfile"
        if kafka.ssl_certfile:
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile, password="")
    except OSError as error:  # of which SSLError is one
        raise UsageError(f"setting kafka.{key}: {error.strerror or error}") from None
