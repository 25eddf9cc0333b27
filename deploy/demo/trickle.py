"""Invented articles as JSON lines, without end: `python trickle.py | winnow load - --rate 2`.

Of a hundred, about six are copies, two are broken records and one is an update of an earlier article.
"""

from __future__ import annotations

import json
import random
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

COPIED, BROKEN, UPDATED = 0.06, 0.02, 0.01
REMEMBERED = 50

Article = dict[str, str]


def sentence(words: dict[str, list[str]]) -> str:
    """One of a few hundred thousand."""
    parts = [random.choice(words[slot]) for slot in ("who", "did", "what", "where", "when", "so")]
    return " ".join(parts).format(n=random.randint(3, 10)) + "."


def article(words: dict[str, list[str]], source: str, site: str) -> Article:
    """The site's name, a headline, a counter, four to eight paragraphs, leftovers."""
    headline = " ".join(random.choice(words[slot]) for slot in ("who", "did", "what", "where"))
    paragraphs = [" ".join(sentence(words) for _ in range(2)) for _ in range(random.randint(4, 8))]
    key = f"{random.getrandbits(48):012x}"
    return {
        "id": f"demo-{key}",
        "url": f"https://{source}/news/{key}",
        "source": source,
        "text": "\n".join([site, headline, str(random.randint(3, 900)), *paragraphs, *words["tail"]]),
        "fetched_at": datetime.now(UTC).isoformat(),
    }


def line(languages: list[dict[str, list[str]]], before: list[Article]) -> str:
    """The next raw record."""
    chance = random.random()
    if before and chance < COPIED:
        copy = random.choice(before)
        return json.dumps({**copy, "id": f"{copy['id']}-copy", "url": f"{copy['url']}?page=copy"})
    if before and chance < COPIED + UPDATED:
        last = random.choice(before)
        words = random.choice(languages)
        text = last["text"] + "\n" + sentence(words) * 3
        return json.dumps({**last, "text": text, "fetched_at": datetime.now(UTC).isoformat()})
    words = random.choice(languages)
    new = article(words, str(words["source"]), str(words["site"]))
    before.append(new)
    del before[:-REMEMBERED]
    whole = json.dumps(new, ensure_ascii=False)
    return whole[: len(whole) // 2] if random.random() < BROKEN else whole


def main() -> None:
    """Until the reader goes away: a pipe holds few of these, so they are as fresh as they are read."""
    phrases = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
    before: list[Article] = []
    while True:
        print(line(list(phrases.values()), before), flush=True)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()  # nothing to tell: the reader has stopped
