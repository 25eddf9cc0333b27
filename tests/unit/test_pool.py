"""The pool with real processes: a crash or a hang costs one record, and is believed only the second time."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tests.services.processes import GIVE_UP_S, wait_until
from tests.unit.orders import GOOD
from worker.adapters.packaged import config_folder
from worker.errors import FatalError
from worker.observe.metrics import Metrics
from worker.outcome import DeadLetter, Prepared
from worker.pipeline import Limits
from worker.pool import ProcessPool
from worker.pool_child import Setup
from worker.pool_work import PoolWork
from worker.ports import RawRecord


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[ProcessPool]:
    """Two processes whose pipeline obeys orders in the record (see tests/unit/orders.py). A deadline that
    nothing meets by chance that takes milliseconds, however busy the machine is."""
    setup = Setup(config_folder(), Limits(), deadline_s=4.0, patch="tests.unit.orders")
    pool = ProcessPool(2, setup, Metrics(CollectorRegistry()))
    yield pool
    pool.close()


def record(value: bytes, offset: int = 0) -> RawRecord:
    return RawRecord("raw", 0, offset, 0, None, value)


def results(work: PoolWork) -> list[Prepared | DeadLetter]:
    assert work.wait(GIVE_UP_S)
    return work.results()


def test_results_come_in_the_order_of_the_records(pool: ProcessPool) -> None:
    records = [record(GOOD.replace(b'"a"', b'"a%d"' % n), n) for n in range(200)]
    found = results(pool.start(records))
    assert [one.identity.article_id for one in found if isinstance(one, Prepared)] == [
        f"a{n}" for n in range(200)
    ]


@pytest.mark.parametrize(
    ("order", "code"), [(b"hang", "timeout"), (b"die", "crash"), (b"raise", "crash"), (b"segfault", "crash")]
)
def test_poison_is_one_dead_letter_and_its_neighbours_live(
    pool: ProcessPool, order: bytes, code: str
) -> None:
    records = [record(GOOD, 0), record(b"order:" + order, 1), record(GOOD, 2)]
    first, poisoned, last = results(pool.start(records))
    assert isinstance(first, Prepared)
    assert isinstance(last, Prepared)
    assert isinstance(poisoned, DeadLetter)
    assert (poisoned.stage, poisoned.code) == ("decode", code)
    assert "twice" in poisoned.message


def test_a_record_that_fails_only_once_is_no_dead_letter(pool: ProcessPool, tmp_path: Path) -> None:
    """A machine that was frozen makes every record late: the second time, alone, decides."""
    marker = tmp_path / "tried"
    (found,) = results(pool.start([record(f"order:hang-once {marker}".encode())]))
    assert marker.exists()
    assert isinstance(found, Prepared)


def test_work_that_nobody_wants_any_more_is_not_done(pool: ProcessPool) -> None:
    abandoned = pool.start([record(b"order:hang", n) for n in range(100)])
    abandoned.abandon()
    started = time.monotonic()
    assert isinstance(results(pool.start([record(GOOD)]))[0], Prepared)
    assert time.monotonic() - started < 50 * 4.0, "a hundred hang for four seconds each, twice, two at a time"


def test_a_process_killed_from_outside_is_replaced(pool: ProcessPool) -> None:
    results(pool.start([record(GOOD)]))
    for one in list(pool._children):
        assert one.process.pid is not None
        os.kill(one.process.pid, signal.SIGKILL)
    wait_until(lambda: all(one.process.is_alive() for one in pool._children), "new processes")
    assert isinstance(results(pool.start([record(GOOD)]))[0], Prepared)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"memory_limit": 1024}, "worker.memory_limit"),  # less than Python itself takes
        ({"memory_limit": -1}, "worker.memory_limit"),  # less than the rules take
        ({"rules_folder": Path("nowhere")}, "nowhere"),
    ],
)
def test_a_set_up_that_no_process_can_begin_with_is_said_in_one_line(
    broken: dict[str, Any], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if broken.get("memory_limit") == -1:
        broken = {"memory_limit": _size_of_a_process() + 1024**2}
    known: dict[str, Any] = {"rules_folder": config_folder(), "limits": Limits(), "deadline_s": 1.0}
    pool = ProcessPool(1, Setup(**known | broken), Metrics(CollectorRegistry()))
    with pytest.raises(FatalError, match=said):
        results(pool.start([record(GOOD)]))
    pool.close()
    assert "Traceback" not in capfd.readouterr().err


def _size_of_a_process() -> int:
    """Of the fork server, which is that of a fresh child."""
    pages = Path(f"/proc/{_fork_server()}/statm").read_text().split()[0]
    return int(pages) * resource.getpagesize()


def test_records_in_the_hands_of_processes_that_never_begin_do_not_wait_for_ever(
    pool: ProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.pool.START_FAILURES", 0)
    for one in pool._children:
        os.kill(one.process.pid or 0, signal.SIGSTOP)
    work = pool.start([record(GOOD)])
    wait_until(lambda: any(one.chunk for one in pool._children), "a chunk is handed out")
    for one in [one for one in pool._children if one.chunk]:
        one.process.kill()
    with pytest.raises(FatalError, match="before they begin"):
        results(work)


def test_ctrl_c_never_reaches_the_fork_server(pool: ProcessPool) -> None:
    status = Path(f"/proc/{_fork_server()}/status").read_text()
    blocked = next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk"))
    assert int(blocked, 16) & 1 << signal.SIGINT - 1


def _fork_server() -> int:
    from multiprocessing.forkserver import _forkserver

    return int(_forkserver._forkserver_pid)  # type: ignore[attr-defined]
