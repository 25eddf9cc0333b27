"""Notes of what workers have in hand: Redis and its twin say the same over random lives and deaths."""

from __future__ import annotations

import random
import time

import pytest

from worker.adapters.memory import MemoryHands, Notes
from worker.adapters.redis_hands import RedisHands
from worker.adapters.redis_scripts import RedisScripts

PLACES = [("raw", 0), ("raw", 1)]


def test_a_worker_that_takes_longer_than_its_session_is_not_taken_for_dead(scripts: RedisScripts) -> None:
    session_s = 3.0
    slow, next_one = (
        RedisHands(scripts, name, round(1000 * session_s), "topic-id") for name in ("slow/1", "next/1")
    )
    slow.take({PLACES[0]: (0, 9)})
    begun = time.monotonic()
    while time.monotonic() < begun + 1.2 * session_s:
        time.sleep(session_s / 6)
        slow.keep_alive()
    assert next_one.take({PLACES[0]: (0, 9)})[PLACES[0]].deaths == 0


@pytest.mark.parametrize("seed", range(20))
def test_redis_and_the_twin_tell_the_same_of_what_died(scripts: RedisScripts, seed: int) -> None:
    chance = random.Random(seed)
    notes = Notes()
    committed = dict.fromkeys(PLACES, 0)
    doubted = 0
    for step in range(120):
        holder = f"worker-{chance.randrange(4)}/1"
        real = RedisHands(scripts, holder, 60_000, "topic-id")
        twin = MemoryHands(notes, holder)
        place = chance.choice(PLACES)
        first = committed[place]
        last = first + chance.choice([0, 0, 3, 9])
        hand = real.take({place: (first, last)})
        assert hand == twin.take({place: (first, last)}), f"step {step} of seed {seed}"
        doubted += hand[place].deaths > 1
        match chance.randrange(4):
            case 0:  # committed, all of it or the batch before
                committed[place] = chance.choice([last, first]) + 1
                real.put_down({place: committed[place]})
                twin.put_down({place: committed[place]})
            case 1:  # given up
                real.put_down({place: 0})
                twin.put_down({place: 0})
            case _:  # died
                notes.alive.discard(holder)
                scripts.ask("DEL", f"l:{holder}")
        assert real.settled() == twin.settled()
    assert doubted > 5, "a stream in which hardly anybody dies twice proves little"
