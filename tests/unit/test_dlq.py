"""Dead letters: read whatever stands in them, chosen, counted, shown; and the rules of a replay."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

import pytest

from tests.world import InlinePool
from worker.commands.dlq_screens import print_letter, print_listing, print_replayed
from worker.commands.dlq_wanted import moment_ms, wanted_of
from worker.errors import UsageError
from worker.ops.dead_letters import Letter, Wanted, letter_of, listed
from worker.ops.dead_letters_replay import Conditions, Replayed, replay
from worker.ops.dead_letters_show import as_json, decoded, dump, readable
from worker.outcome import DeadLetter, Prepared
from worker.ports import Identity, RawRecord

ARTICLE = json.dumps({"source": "The Gazette", "url": "https://news.example.co.uk/1"}).encode()


def letter(
    offset: int = 0,
    value: bytes | None = ARTICLE,
    code: str = "timeout",
    at_ms: int = 1000,
    origin: int | None = None,
    **more: str,
) -> Letter:
    told = {
        "winnow.origin.topic": "raw",
        "winnow.origin.partition": "0",
        "winnow.origin.offset": str(offset if origin is None else origin),
        "winnow.origin.sha256": hashlib.sha256(value or b"").hexdigest(),
        "winnow.error.stage": "extract",
        "winnow.error.code": code,
        "winnow.error.message": "too late",
        "winnow.attempts": "1",
    } | {name.replace("_", "."): content for name, content in more.items()}
    headers = (("trace", b"t"), *((name, content.encode()) for name, content in told.items()))
    return letter_of(RawRecord("dead", 3, offset, at_ms, b"k", value, headers))


def test_a_letter_tells_its_origin_its_reason_and_its_source() -> None:
    one = letter(7)
    assert one.origin == ("raw", 0, 7)
    assert (one.stage, one.code, one.message, one.attempts) == ("extract", "timeout", "too late", 1)
    assert one.source == "The Gazette"


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (b'{"url": "https://m.news.example.co.uk/1"}', "example.co.uk"),
        (b'{"source": 5, "url": ["x"]}', None),
        (b'{"source": "  "}', None),
        (b"[1]", None),
        (b"no json", None),
        (b"\xff\xfe", None),
        (b"", None),
        (None, None),
    ],
)
def test_the_source_is_read_as_far_as_the_bytes_can_be(value: bytes | None, source: str | None) -> None:
    assert letter(value=value).source == source


def test_a_letter_without_any_header_is_read_all_the_same() -> None:
    one = letter_of(
        RawRecord("dead", 0, 0, 0, None, None, (("winnow.attempts", b"9" * 99), ("\udcff", None)))
    )
    assert one.origin is None
    assert (one.stage, one.code, one.attempts) == ("?", "?", 1)
    assert as_json(one)["headers"][1] == ["\ufffd", None]


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (Wanted(), True),
        (Wanted(since_ms=1000), True),
        (Wanted(since_ms=1001), False),
        (Wanted(until_ms=1000), False),
        (Wanted(until_ms=1001), True),
        (Wanted(codes=frozenset({"timeout", "crash"})), True),
        (Wanted(codes=frozenset({"crash"})), False),
        (Wanted(stages=frozenset({"decode"})), False),
        (Wanted(sources=frozenset({"The Gazette"})), True),
        (Wanted(sources=frozenset({"Another"})), False),
        (Wanted(places=frozenset({(3, 0)})), True),
        (Wanted(places=frozenset({(0, 3)})), False),
    ],
)
def test_letters_are_chosen_by_time_stage_code_source_and_place(wanted: Wanted, takes: bool) -> None:
    assert wanted.takes(letter()) is takes


def test_letters_are_counted_by_stage_and_code_and_the_youngest_are_kept() -> None:
    letters = [letter(n, at_ms=1000 * (n % 3), code="crash" if n == 4 else "timeout") for n in range(5)]
    letters.append(letter(9, code="other", origin=1, winnow_origin_topic="elsewhere", at_ms=0))
    digest = hashlib.sha256(ARTICLE).hexdigest()
    sent = {((0, 1), digest), ((0, 2), "the hash of what a forger sent"), ((0, 4), digest), ((9, 9), digest)}
    listing = listed(letters, sent, "raw", 2)
    assert listing.total == 6
    assert [(key, group.count, group.replayed) for key, group in listing.sorted_groups()] == [
        (("extract", "timeout"), 4, 1),
        (("extract", "crash"), 1, 1),
        (("extract", "other"), 1, 0),
    ]
    assert [one.record.offset for one in listing.latest] == [4, 2]
    assert listing.as_json()["counts"][0]["sources"] == {"The Gazette": 4}


def test_forged_sources_do_not_fill_the_memory() -> None:
    letters = (letter(n, value=b'{"source": "s%d"}' % n) for n in range(3000))
    (group,) = listed(letters, set(), "raw", 1).groups.values()
    assert group.count == 3000
    assert len(group.sources) == 1000


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b'{"a": 1}', "json"),
        (b"\xef\xbb\xbf[]", "json"),
        (b"{", "text"),
        (b"\xff", "bytes"),
        (b"", "nothing"),
    ],
)
def test_a_record_is_decoded_as_far_as_it_goes(value: bytes, kind: str) -> None:
    assert decoded(value)[0] == kind
    assert readable(value)[0] == kind


def test_nothing_in_a_record_gives_the_terminal_orders() -> None:
    assert "\x1b" not in readable(b"red: \x1b[31m")[1]
    assert "\x1b" not in readable(json.dumps({"a": "\x1b[2J"}).encode())[1]


def test_nothing_in_a_dead_letter_is_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    evil = letter(0, value=b'{"source": "[/] [red]"}', code="[/x]", winnow_error_message="[bold]\x1b[31m [/]")
    print_listing(listed([evil], set(), "raw", 5))
    print_letter(evil)
    print_replayed(Replayed(still_dead=Counter({"[/x]": 1})), dry_run=False)
    text = capsys.readouterr().out
    assert "[/x]" in text
    assert "[/] [red]" in text
    assert "\x1b[31m" not in text


def test_the_list_fits_a_narrow_screen_and_in_a_pipe_no_reason_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    reason = "text: Input should be a valid string, and so on for more than forty columns"
    one = letter(
        0, value=b'{"source": "The Gazette of the North"}', code="too_large", winnow_error_message=reason
    )
    print_listing(listed([one], set(), "raw", 5))
    title, head, row, latest = capsys.readouterr().out.splitlines()
    assert title.strip() == "1 dead letter"
    assert head.split() == ["stage", "code", "count", "replayed"]
    assert "too_large" in row
    assert latest.endswith(reason)


def test_a_long_record_is_cut_with_a_word_about_the_rest() -> None:
    text = readable(b"x" * 5000)[1]
    assert text.endswith("… 1,000 characters more")


def test_bytes_are_dumped_in_hexadecimal() -> None:
    assert dump(b"\x00abc").split() == ["000000", "00", "61", "62", "63", ".abc"]


def test_a_stage_a_time_or_a_place_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match="'decoed' is none of decode, extract, clean"):
        wanted_of(None, stage=["decode", "decoed"])
    with pytest.raises(UsageError, match=r"--since: 'yesterday' is neither an age .* nor a time"):
        moment_ms("yesterday", "--since")
    with pytest.raises(UsageError, match="PARTITION:OFFSET"):
        wanted_of(["seven"])


def test_times_are_given_as_ages_or_in_iso_8601() -> None:
    assert moment_ms("2026-01-31T12:00", "--since") == 1769860800000
    assert moment_ms("1h", "--since") < moment_ms("30m", "--since")


class Sink:
    """Keeps what it is given to send."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def __call__(self, replays: Any) -> tuple[int, list[str]]:
        self.sent += list(replays)
        return len(self.sent), []


def todays_rules(record: RawRecord) -> Prepared | DeadLetter:
    """They refuse what says `broken`."""
    if b"broken" in (record.value or b""):
        return DeadLetter("decode", "not_json", "x")
    return Prepared(Identity("o", "a", None, "h", 0, ("raw", 0, 0)), b"{}")


class Log:
    """The raw topic, where the bytes of letters without value may still be."""

    def __init__(self, *records: RawRecord) -> None:
        self._records = {record.origin: record for record in records}

    def one(self, topic: str, partition: int, offset: int) -> RawRecord | None:
        return self._records.get((topic, partition, offset))


def replayed(letters: list[Letter], log: Log | None = None, **more: Any) -> tuple[Replayed, Sink]:
    asked: dict[str, Any] = {"already": set(), "max_attempts": 3} | more
    conditions = Conditions("raw", **asked)
    sink = Sink()
    result = replay(letters, conditions, InlinePool(todays_rules), log or Log(), sink)  # type: ignore[arg-type]
    return result, sink


def test_a_replay_has_the_received_bytes_key_and_headers_and_says_what_it_replays() -> None:
    result, sink = replayed([letter(7)])
    (sent,) = sink.sent
    assert result.sent == 1
    assert (sent.record.value, sent.record.key) == (ARTICLE, b"k")
    assert sent.headers == (("trace", b"t"), ("winnow.replay.origin", b"raw:0:7"), ("winnow.attempts", b"1"))


def test_what_would_die_again_stays_unless_it_is_asked_for() -> None:
    letters = [letter(0), letter(1, value=b"broken")]
    assert replayed(letters)[0] == Replayed(sent=1, still_dead=replayed(letters)[0].still_dead)
    assert replayed(letters)[0].still_dead == {"not_json": 1}
    assert replayed(letters, even_if_dead=True)[0].sent == 2


def test_twice_is_once_before_and_within_one_replay() -> None:
    already = {((0, 0), hashlib.sha256(ARTICLE).hexdigest())}
    result, sink = replayed([letter(0), letter(1), letter(2, origin=1)], already=already)
    assert (result.sent, result.already) == (1, 2)
    assert [one.record.offset for one in sink.sent] == [1]


def test_a_record_of_other_bytes_that_claims_to_be_a_replay_is_none() -> None:
    result, _ = replayed([letter(0)], already={((0, 0), hashlib.sha256(b"forged").hexdigest())})
    assert (result.sent, result.already) == (1, 0)


def test_what_was_tried_too_often_stays() -> None:
    letters = [letter(0, winnow_attempts="3"), letter(1, winnow_attempts="2")]
    result, sink = replayed(letters)
    assert (result.sent, result.tired) == (1, 1)
    assert sink.sent[0].attempts == 2
    assert replayed(letters, max_attempts=4)[0].sent == 2


def test_bytes_that_the_letter_lacks_come_from_the_raw_topic_if_they_are_the_same() -> None:
    lacking = letter(5, value=None, winnow_origin_sha256=hashlib.sha256(ARTICLE).hexdigest())
    there = Log(RawRecord("raw", 0, 5, 0, b"its key", ARTICLE))
    result, sink = replayed([lacking], there)
    assert result.sent == 1
    assert (sink.sent[0].record.value, sink.sent[0].record.key) == (ARTICLE, b"its key")
    assert replayed([lacking])[0].unreadable == 1
    assert replayed([lacking], Log(RawRecord("raw", 0, 5, 0, b"k", b"other bytes")))[0].unreadable == 1


def test_letters_whose_bytes_are_not_those_received_or_of_other_topics_are_not_sent() -> None:
    letters = [letter(0, winnow_origin_sha256="0" * 64), letter(1, winnow_origin_topic="elsewhere")]
    assert replayed(letters)[0] == Replayed(unreadable=2)


def test_a_dry_run_counts_and_sends_nothing() -> None:
    letters, conditions = [letter(0), letter(1, value=b"broken")], Conditions("raw", set(), 3)
    result = replay(letters, conditions, InlinePool(todays_rules), Log(), None)  # type: ignore[arg-type]
    assert (result.sent, result.still_dead) == (1, {"not_json": 1})


def test_a_time_beyond_the_calendar_is_its_last_second() -> None:
    assert letter(at_ms=2**62).as_json()["at"] == "9999-12-31T23:59:59Z"
    assert letter(at_ms=-1).as_json()["at"] == "1970-01-01T00:00:00Z"
