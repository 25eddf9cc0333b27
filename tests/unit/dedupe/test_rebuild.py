"""What a clean record tells of its claim."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.conftest import ROOT
from tests.unit.orders import GOOD
from worker.adapters.rule_files import load_rules
from worker.errors import FatalError
from worker.ops.dedupe_rebuild import check_stopped, restored_of
from worker.outcome import Publish, message_of
from worker.pipeline import Limits, process
from worker.ports import Answer, Kept, RawRecord


def test_a_published_article_tells_its_claim_again() -> None:
    rules = load_rules(ROOT / "config")
    raw = RawRecord("raw", 1, 7, 1_700_000_000_000, None, GOOD)
    prepared = process(raw, rules, Limits())
    answer = Answer("new", 2, "", 0.5, Kept("a", 1, ("raw", 0, 3)), ("contains", "b"), "story")
    message = message_of(Publish(prepared, answer), raw, datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[arg-type]
    clean = RawRecord("clean", 0, 0, 1_700_000_900_000, message.key, message.value, message.headers)
    told = restored_of(clean, 60)
    assert told is not None
    assert told.identity == prepared.identity  # type: ignore[union-attr]
    assert (told.version, told.supersedes, told.relation, told.similarity, told.story_id) == (
        2, Kept("a", 1, ("raw", 0, 3)), ("contains", "b"), 0.5, "story",
    )  # fmt: skip


def test_a_record_that_is_not_ours_tells_of_no_claim() -> None:
    assert restored_of(RawRecord("clean", 0, 0, 0, None, b"{}"), 60) is None
    headers = tuple(
        (f"winnow.origin.{name}", value)
        for name, value in (("topic", b"raw"), ("partition", b"0"), ("offset", b"1"), ("sha256", b"0" * 64))
    )
    assert restored_of(RawRecord("clean", 0, 0, 0, None, b"{}", headers), 60) is None


def test_running_workers_forbid_it() -> None:
    check_stopped(0, "group")
    with pytest.raises(FatalError, match="2 running workers"):
        check_stopped(2, "group")
