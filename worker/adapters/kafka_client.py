"""What every Kafka client of Winnow is told: where the brokers are, and how to prove who we are."""

from __future__ import annotations

import ssl
from typing import Any

from worker.errors import UsageError
from worker.settings import KafkaSettings, Settings

BOOTSTRAP_MS = 10_000
"""After which it is said that nobody answers; whoever can wait tries again."""


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
