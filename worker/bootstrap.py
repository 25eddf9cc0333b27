"""Wires the parts together: the only place that knows which adapter stands behind which port."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import NamedTuple, TypedDict

from prometheus_client import CollectorRegistry, ProcessCollector

from worker.adapters.instance import claim_instance
from worker.adapters.kafka import KafkaBroker
from worker.adapters.kafka_admin import KafkaAdmin
from worker.adapters.packaged import config_folder
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_doctor import redis_facts
from worker.adapters.redis_hands import RedisHands
from worker.adapters.redis_inventory import RedisInventory
from worker.adapters.redis_marks import Marks
from worker.adapters.redis_scripts import RedisScripts, connect
from worker.adapters.redis_tallies import RedisTallies
from worker.dedupe.scripts import Layout
from worker.errors import FatalError, TransientError
from worker.guards import ClaimsGuard, DeadLetterGuard, PoisonGuard
from worker.learning import Learning
from worker.observe import health, logs
from worker.observe.metrics import Metrics
from worker.observe.watchdog import stand_down, watchdog
from worker.ops.redis_checks import check_eviction, check_home, check_layout, check_topic_ids
from worker.ops.topics import CLEAN_FACTOR, check_topics
from worker.pipeline import Limits
from worker.pool import ProcessPool
from worker.pool_child import Setup
from worker.ports import Claims, Hands
from worker.probes import kafka_check, redis_check
from worker.runner import Guards, Runner
from worker.settings import Settings
from worker.stopping import Stop

CONNECT_EVERY_S = 2.0


class ClaimOptions(TypedDict):
    """See config/winnow.toml, [dedupe]."""

    ttl_s: float
    near: bool
    drop_contained: bool
    story_ttl_s: float | None


def limits_of(settings: Settings) -> Limits:
    """What the operator asks of an article."""
    confidence = settings.cleaning.min_confidence
    return Limits(
        clean_bytes=settings.topics.raw_max_message_bytes * CLEAN_FACTOR,
        min_confidence=confidence if settings.cleaning.low_confidence == "dead_letter" else 0.0,
    )


def namespace_of(settings: Settings) -> str:
    """Of the claims in Redis: one per group unless said otherwise."""
    return settings.dedupe.namespace or settings.kafka.group_id


def claims_of(settings: Settings) -> RedisClaims:
    """The claims, for the operator's commands."""
    return redis_claims(settings, scripts_of(settings))


def inventory_of(settings: Settings) -> RedisInventory:
    """What the claims hold, for the operator's commands."""
    return RedisInventory(scripts_of(settings), layout_of(settings))


def scripts_of(settings: Settings) -> RedisScripts:
    """Redis, in the namespace of the claims."""
    return RedisScripts(connect(settings.redis.url, settings.redis.timeout), namespace_of(settings))


def redis_claims(settings: Settings, scripts: RedisScripts, marks: Marks | None = None) -> RedisClaims:
    """The claims as the settings have them."""
    return RedisClaims(scripts, **claim_options(settings), layout=layout_of(settings), marks=marks)


def layout_of(settings: Settings) -> Layout:
    """How articles are stored in Redis."""
    return Layout(settings.dedupe.layout, settings.dedupe.ttl, settings.dedupe.expected_articles)


def claim_options(settings: Settings) -> ClaimOptions:
    """How claims are made; the same for Redis and its twin."""
    dedupe = settings.dedupe
    return {
        "ttl_s": dedupe.ttl,
        "near": dedupe.near,
        "drop_contained": dedupe.contained == "drop",
        "story_ttl_s": dedupe.story_ttl if dedupe.stories else None,
    }


def run_worker(settings: Settings, until_caught_up: bool) -> None:
    """The worker, until a stop signal or, if asked, until the lag is 0. Raises FatalError."""
    logs.configure(settings.log.level, settings.log.format)
    stop = stop_on_signals(settings.worker.drain_timeout)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)  # its start time tells a restart loop
    metrics = Metrics(registry, watchdog(settings.worker.stall_timeout))
    server = health.serve(
        settings.metrics.host,
        settings.metrics.port,
        registry,
        metrics.state,
        {"kafka": kafka_check(settings), "redis": redis_check(settings)},
        settings.worker.stall_timeout,
    )
    try:
        with pool_of(settings, metrics) as pool, _connected(settings, metrics, stop) as found:
            if found is not None:
                _runner(settings, found, pool, metrics, stop).run(until_caught_up)
    finally:
        stand_down()
        if server:
            server.shutdown()


def stop_on_signals(drain_s: float) -> Stop:
    """A Stop that SIGTERM, SIGINT and a terminal that goes away ask for; what is ignored (nohup) stays so."""
    stop = Stop(drain_s)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stop.request())
    return stop


class Connected(NamedTuple):
    """A worker's membership, and what its notes are written under."""

    broker: KafkaBroker
    instance: str
    topic_id: str


def _runner(settings: Settings, found: Connected, pool: ProcessPool, metrics: Metrics, stop: Stop) -> Runner:
    scripts = scripts_of(settings)
    holder = f"{found.instance}/{secrets.token_hex(4)}"
    claims = redis_claims(settings, scripts, Marks(holder))
    hands = RedisHands(scripts, holder, settings.kafka.session_timeout_ms, found.topic_id)
    return Runner(
        found.broker,
        claims,
        pool,
        guards_of(settings, hands, claims),
        Learning(tallies_of(settings, scripts), metrics),
        metrics,
        stop,
        now=lambda: datetime.now(UTC),
        pause=time.sleep,
    )


def tallies_of(settings: Settings, scripts: RedisScripts) -> RedisTallies | None:
    """Where what the sources repeat is counted; None: nowhere."""
    return RedisTallies(scripts, settings.cleaning.learn_ttl) if settings.cleaning.learn else None


def guards_of(settings: Settings, hands: Hands, claims: Claims) -> Guards:
    """The runner's guards, as the settings have them."""
    worker = settings.worker
    return Guards(
        PoisonGuard(hands, worker.max_batch),
        ClaimsGuard(claims),
        DeadLetterGuard(worker.dead_letter_window, worker.dead_letter_limit),
    )


@contextmanager
def pool_of(settings: Settings, metrics: Metrics) -> Iterator[ProcessPool]:
    """The pool comes before any client: clients start threads, and processes are not forked from those."""
    worker = settings.worker
    setup = Setup(
        config_folder(),
        limits_of(settings),
        worker.record_timeout,
        worker.memory_limit,
        settings.cleaning.line_model,
    )
    pool = ProcessPool(worker.processes or os.cpu_count() or 1, setup, metrics)
    try:
        yield pool
    finally:
        pool.close()


@contextmanager
def _connected(settings: Settings, metrics: Metrics, stop: Stop) -> Iterator[Connected | None]:
    """The broker, once Kafka and Redis answer; None if a stop was asked for before."""
    instance, lock = claim_instance(settings.kafka.instance, settings.kafka.group_id)
    found = None
    while found is None and not stop.requested:
        metrics.beat()
        try:
            with closing(KafkaAdmin(settings)) as admin:
                check_topics(settings, admin)
            check_eviction(redis_facts(settings.redis.url, settings.redis.timeout))
            found = _connect(settings, instance, metrics)
        except TransientError as away:
            metrics.waiting(away)
            time.sleep(CONNECT_EVERY_S)
    try:
        yield found
    finally:
        if found:
            found.broker.close(min(5.0, stop.remaining_s()))
        del lock


def _connect(settings: Settings, instance: str, metrics: Metrics) -> Connected:
    """Raises TransientError; what was opened until then is closed."""
    broker = KafkaBroker(settings, instance, metrics)
    try:
        topics = settings.topics
        ids = {name: broker.topic_id(name) for name in (topics.raw, topics.clean)}
        found = Connected(broker, instance, ids[topics.raw])
        scripts = scripts_of(settings)
        check_home(scripts, settings.kafka.group_id, broker.cluster_id())
        check_topic_ids(scripts, ids)
        check_layout(scripts, layout_of(settings))
        return found
    except (TransientError, FatalError):
        broker.close(1.0)
        raise
