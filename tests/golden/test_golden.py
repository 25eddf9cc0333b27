"""Golden articles: what goes in, what comes out, and why each line went.

`python -m tests.golden.test_golden` writes clean.txt and removed.json of every case anew, and names those
that changed; read the diff.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas import CleanArticle
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.pipeline import Limits, article_of
from worker.ports import RawRecord

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*/*/raw.*"))
RULES = load_rules(config_folder())


def article(raw: Path) -> CleanArticle:
    kind = "html" if raw.suffix == ".html" else "text"
    return cleaned({"id": raw.parent.name, kind: raw.read_text(encoding="utf-8")})


def cleaned(raw: dict[str, str]) -> CleanArticle:
    value = json.dumps(raw).encode()
    return article_of(RawRecord("golden", 0, 0, 0, None, value), RULES, Limits())


def written(found: CleanArticle) -> tuple[str, str]:
    """The files of a case: title, a blank line and the text; the removed lines."""
    removed = [[cut.line, cut.kind, cut.rule, cut.text] for cut in found.removed]
    lines = ",\n ".join(json.dumps(one, ensure_ascii=False) for one in removed)
    return f"{found.title}\n\n{found.text}\n", f"[{lines}]\n"


@pytest.mark.parametrize("raw", CASES, ids=lambda raw: f"{raw.parent.parent.name}/{raw.parent.name}")
def test_an_article_comes_out_as_it_did(raw: Path) -> None:
    text, removed = written(article(raw))
    assert text == (raw.parent / "clean.txt").read_text(encoding="utf-8")
    assert removed == (raw.parent / "removed.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("raw", CASES, ids=lambda raw: f"{raw.parent.parent.name}/{raw.parent.name}")
def test_a_clean_article_that_comes_again_stays_as_it_is(raw: Path) -> None:
    once = article(raw)
    fields = {"text": once.text, "title": once.title, "language": once.language, "source": once.source}
    again = cleaned({name: value for name, value in fields.items() if value})
    assert (again.title, again.text) == (once.title, once.text)


def test_there_are_golden_articles() -> None:
    assert len(CASES) >= 8


if __name__ == "__main__":
    for case in CASES:
        for name, content in zip(("clean.txt", "removed.json"), written(article(case)), strict=True):
            path = case.parent / name
            if not path.exists() or path.read_text(encoding="utf-8") != content:
                path.write_text(content, encoding="utf-8")
                print(path.relative_to(FOLDER))
