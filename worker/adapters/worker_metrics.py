"""Reads the /metrics of the workers, wherever they are."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from prometheus_client.parser import text_string_to_metric_families

from worker.errors import UsageError

TIMEOUT_S = 1.0
AT_ONCE = 16
LARGEST = 4 * 1024 * 1024
"""Bytes of an answer that are read: a worker's takes a hundredth of it."""
PROOF = "winnow_in_flight_records"
"""A metric that every worker has, and nobody else."""

Metrics = Mapping[tuple[str, tuple[str, ...]], float]
"""A counter's or gauge's name and the values of its labels, in the order of their names."""


def addresses(named: Iterable[str]) -> list[str]:
    """`host:port` of every machine behind each name, as a service of several replicas has them.

    Raises UsageError.
    """
    found: list[str] = []
    for name in named:
        host, _, port = name.rpartition(":")
        if not host or not port.isdecimal():
            raise UsageError(f"{name!r} is not HOST:PORT")
        try:
            answers = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        except (OSError, OverflowError) as error:
            raise UsageError(f"{name}: {error}") from None
        found += [f"{_bracketed(str(answer[4][0]))}:{port}" for answer in answers]
    return list(dict.fromkeys(found))


def scraped(where: Iterable[str]) -> dict[str, Metrics]:
    """What each worker tells; those that do not answer, or are no workers, are left out."""
    targets = list(where)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return {
            address: found
            for address, found in zip(targets, threads.map(_scrape, targets), strict=True)
            if found is not None
        }


def _scrape(address: str) -> Metrics | None:
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=TIMEOUT_S) as answer:
            text = answer.read(LARGEST).decode("utf-8", "replace")
        found = dict(_samples(text))
    except (OSError, ValueError):
        return None
    return found if (PROOF, ()) in found else None


def _samples(text: str) -> Iterator[tuple[tuple[str, tuple[str, ...]], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            yield (sample.name, labels), sample.value


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
