"""What a worker waits for, and what it stops for: errors of a real Redis, brought about on purpose."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from redis.exceptions import ResponseError

from tests.contract.texts import article, edited
from tests.services.redis import Redis, new_namespace
from worker.adapters.redis_claims import RedisClaims
from worker.adapters.redis_client import connect
from worker.adapters.redis_doctor import redis_facts
from worker.adapters.redis_errors import meaning
from worker.adapters.redis_marks import Marks
from worker.adapters.redis_scripts import Call
from worker.dedupe.scripts import Layout
from worker.errors import FatalError, TransientError
from worker.guards import ClaimsGuard
from worker.ops.redis_checks import check_eviction, check_home, check_layout, note_layout

pytestmark = pytest.mark.redis


def claims_in(redis: Redis) -> RedisClaims:
    return RedisClaims(new_namespace(redis.url), ttl_s=60)


def configure(redis: Redis, *command: str) -> None:
    with closing(connect(redis.url, 5)) as client:
        client.execute_command(*command)


def test_a_fault_in_a_script_is_fatal_and_says_what_it_is(redis_url: str) -> None:
    scripts = new_namespace(redis_url)
    with pytest.raises(FatalError, match=r"waiting would not mend it.*arithmetic on"):
        scripts.run([("return nil + 1", ())])
    with pytest.raises(FatalError, match="waiting would not mend it"):
        scripts.run([("this is no Lua", ())])


def test_a_key_of_another_type_is_fatal(redis_url: str) -> None:
    scripts = new_namespace(redis_url)
    scripts.ask("SADD", "claims", arguments=("x",))
    with pytest.raises(FatalError, match="WRONGTYPE"):
        RedisClaims(scripts, ttl_s=60).claim([article(0, "a", edited(1))])


def test_an_error_never_quotes_the_article(redis_url: str) -> None:
    scripts = new_namespace(redis_url)
    scripts.ask("SADD", "claims", arguments=("x",))
    with pytest.raises(FatalError) as raised:
        RedisClaims(scripts, ttl_s=60).claim([article(0, "an-id", edited(1))])
    assert "an-id" not in str(raised.value)


def test_a_full_redis_is_waited_for(own_redis: Redis) -> None:
    claims = claims_in(own_redis)
    configure(own_redis, "CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(TransientError, match="maxmemory"):
        claims.claim([article(0, "a", edited(1))])
    configure(own_redis, "CONFIG", "SET", "maxmemory", "0")
    assert claims.claim([article(0, "a", edited(1))])[0].verdict == "new"


def test_a_failover_is_waited_for(own_redis: Redis) -> None:
    claims = claims_in(own_redis)
    configure(own_redis, "REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(TransientError, match=r"read only replica|READONLY"):
        claims.claim([article(0, "a", edited(1))])
    configure(own_redis, "REPLICAOF", "NO", "ONE")
    assert claims.claim([article(0, "a", edited(1))])[0].verdict == "new"


def test_a_failover_behind_one_address_is_followed(own_redis: Redis, redis_url: str) -> None:
    """What was connected before stays with the old master, which is a replica now."""
    with forwarding(own_redis.url, redis_url) as (url, fail_over):
        claims = RedisClaims(new_namespace(url), ttl_s=60)
        assert claims.claim([article(0, "a", edited(0))])[0].verdict == "new"
        configure(own_redis, "REPLICAOF", "127.0.0.1", "1")
        fail_over()
        with pytest.raises(TransientError, match=r"read only replica|READONLY"):
            claims.claim([article(1, "b", edited(1))])
        assert claims.claim([article(1, "b", edited(1))])[0].verdict == "new"


@contextmanager
def forwarding(*urls: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """An address that leads to the first of these servers, and for new connections to the next one from each
    call on."""
    places = [(urlsplit(url).hostname, urlsplit(url).port) for url in urls]

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(places[0]) as behind:
                back = threading.Thread(target=copy, args=(behind, self.request))
                back.start()
                copy(self.request, behind)
                back.join()

    def copy(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Forward) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"redis://127.0.0.1:{server.server_address[1]}/0", lambda: places.__delitem__(0)
        server.shutdown()


def test_a_wrong_password_is_fatal(own_redis: Redis) -> None:
    configure(own_redis, "CONFIG", "SET", "requirepass", "secret")
    with pytest.raises(FatalError, match="password"):
        claims_in(own_redis).claim([article(0, "a", edited(1))])


def test_forgotten_scripts_are_loaded_again(own_redis: Redis) -> None:
    claims = claims_in(own_redis)
    for number in range(3):
        assert claims.claim([article(number, f"a{number}", edited(number))])[0].verdict == "new"
        configure(own_redis, "SCRIPT", "FLUSH")


@pytest.mark.parametrize(
    "said",
    [
        "OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:9.",
        "Error running script (call to f_1f): @user_script:9: @user_script: 9: -OOM command not allowed",
        "Error running script (call to f_1f): @user_script:9: -READONLY You can't write against a replica",
        "BUSY Redis is busy running a script.",
        "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.",
        "NOREPLICAS Not enough good replicas to write.",
        "MASTERDOWN Link with MASTER is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "CLUSTERDOWN The cluster is down",
        "LOADING Redis is loading the dataset in memory",
    ],
)
def test_what_passes_is_waited_for_however_redis_says_it(said: str) -> None:
    assert type(meaning(ResponseError(said))) is TransientError


def test_a_worker_does_not_start_on_a_redis_that_evicts(own_redis: Redis) -> None:
    check_eviction(redis_facts(own_redis.url, 5))
    configure(own_redis, "CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
    check_eviction(redis_facts(own_redis.url, 5))  # without a limit it evicts nothing: only a warning
    configure(own_redis, "CONFIG", "SET", "maxmemory", "1gb")
    with pytest.raises(FatalError, match="config set maxmemory-policy noeviction"):
        check_eviction(redis_facts(own_redis.url, 5))


def test_a_small_loss_is_noticed_although_others_have_claimed_as_much_again(own_redis: Redis) -> None:
    """As after a failover to a replica that lagged, or without the last second of the append-only file."""
    scripts = new_namespace(own_redis.url)
    claims, others = RedisClaims(scripts, ttl_s=60, marks=Marks("w/1")), RedisClaims(scripts, ttl_s=60)
    guard = ClaimsGuard(claims)
    claims.claim([article(0, "a0", edited(0))])
    configure(own_redis, "SAVE")
    claims.claim([article(1, "a1", edited(1))])
    guard.check()
    own_redis.stop()
    own_redis.start()
    others.claim([article(n, f"a{n}", edited(n)) for n in (2, 3)])
    guard.check()
    assert not guard.lost, "the count alone does not tell"
    claims.claim([article(4, "a4", edited(4))])
    guard.check()
    assert guard.lost
    assert claims.ledger().loss
    claims.acknowledge_loss()
    claims.claim([article(5, "a5", edited(5))])
    guard.check()
    assert not guard.lost


def test_marks_that_come_late_are_no_loss(redis_url: str) -> None:
    """What a worker gave up to wait for may be run all the same, after it has asked again."""
    scripts, given_up = new_namespace(redis_url), []

    def gives_up(calls: Sequence[Call]) -> NoReturn:
        given_up.append(calls)
        raise TransientError("Redis: no answer in time")

    marks = Marks("w/1")
    with pytest.raises(TransientError):
        marks.around([], gives_up)
    marks.around([], scripts.run)
    scripts.run(given_up[0])
    marks.around([], scripts.run)
    assert not marks.gone


def test_a_namespace_belongs_to_one_group_of_one_cluster(redis_url: str) -> None:
    scripts = new_namespace(redis_url)
    check_home(scripts, "news", "staging")
    check_home(scripts, "news", "staging")
    for group, cluster in (("news", "production"), ("sports", "staging")):
        with pytest.raises(FatalError, match="those of the group news of the cluster staging"):
            check_home(scripts, group, cluster)


def test_claims_that_are_stored_in_another_way_stop_a_worker_until_they_are_rebuilt(redis_url: str) -> None:
    scripts = new_namespace(redis_url)
    check_layout(scripts, Layout("strings", 3600))
    check_layout(scripts, Layout("strings", 7200, articles=9))
    packed = Layout("packed", 3600, articles=1000)
    with pytest.raises(FatalError, match=r"stored as strings, .* packed \(dedupe.ttl 3600 s, .* rebuild"):
        check_layout(scripts, packed)
    note_layout(scripts, packed)
    check_layout(scripts, packed)
    with pytest.raises(FatalError, match="expected_articles 1000"):
        check_layout(scripts, Layout("packed", 3600, articles=2000))
