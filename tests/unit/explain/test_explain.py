"""`winnow explain`: an account of every line; nothing in an article can alter the page or the terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.screen import printed
from worker.adapters.files import kind_of, wrapped
from worker.adapters.packaged import config_folder
from worker.adapters.rule_files import load_rules
from worker.cli import app
from worker.commands.explain_page import page
from worker.commands.explain_screen import screen_of
from worker.errors import UsageError
from worker.ops.explain import Explained, explain
from worker.pipeline import Limits
from worker.ports import RawRecord

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(GOLDEN.glob("*/*/raw.*"))
PAGES = sorted((GOLDEN.parents[1] / "samples").glob("*.html"))
RULES = load_rules(config_folder())
NASTY = "\n".join(
    [
        'The Harbour <script>document.title="owned"</script> Courier',
        "Ferry & bridge: <b onmouseover=alert(1)>quotes</b> in titles too",
        "By Ellen Marsh",
        "The ferry will not sail on Monday, the company said, <img src=x onerror=\"document.title='owned'\"> "
        "because of the wind that has been blowing for days.",
        "A line with \u202eevil txt.exe\u2066 and a bell \a and an escape \x1b[31mred goes on and on until "
        "it is a paragraph of the article.",
        '"><svg onload=alert(1)> closes no attribute, and this sentence is long enough to be an article too.',
        'Photo: " onmouseover="alert(1)" x="',
        "\u00a9 2024 The Harbour Courier </style><script>document.title='owned'</script>",
    ]
)


def explained(content: bytes, kind: str) -> Explained:
    return explain(RawRecord("t", 0, 0, 0, None, wrapped(content, kind, "x")), RULES, Limits())


@pytest.mark.parametrize("raw", CASES, ids=lambda raw: f"{raw.parent.parent.name}/{raw.parent.name}")
def test_every_line_of_the_golden_articles_is_accounted_for(raw: Path) -> None:
    # Given what became of each line,
    kind = kind_of(raw) or ""
    found = explained(raw.read_bytes(), kind)
    pieces = [piece for row in found.rows for piece in row.pieces]
    # the kept pieces are the article's paragraphs in order, and the removed ones are those of the record.
    assert [piece.text for piece in pieces if piece.fate == "kept"] == found.article.text.split("\n\n")
    assert sorted((piece.rule, piece.text) for piece in pieces if piece.fate == "removed") == sorted(
        (cut.rule, cut.text.strip()) for cut in found.article.removed
    )
    if kind == "text":
        lines = raw.read_text(encoding="utf-8").split("\n")
        assert [row.number for row in found.rows] == [n for n, line in enumerate(lines, 1) if line.strip()]


@pytest.mark.parametrize("raw", PAGES, ids=lambda raw: raw.stem)
def test_a_page_is_explained_as_the_worker_reads_it(raw: Path) -> None:
    # Given a page, which the worker reads with a model for its blocks beside the extractor,
    found = explained(raw.read_bytes(), "html")
    assert found.article.extraction.method == "trafilatura+blocks"
    # the lines that are explained are those that were cleaned.
    kept = [piece.text for row in found.rows for piece in row.pieces if piece.fate == "kept"]
    assert kept == found.article.text.split("\n\n")


def test_a_piece_cut_from_a_line_is_shown_where_it_was() -> None:
    text = (
        "The council will hear the shopkeepers of the eastern bank on Thursday evening in the town hall.\n"
        "The repair would cost about a third more than had been planned, said the head of the department.\n"
        "Source: Reuters"
    )
    found = explained(text.encode(), "text")
    last = found.rows[-1]
    assert last.removed
    assert (last.pieces[0].kind, found.article.credits) == ("credit", ["Reuters"])
    assert found.facts["credits"] == "Reuters"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_nothing_in_an_article_becomes_markup() -> None:
    written = page(explained(NASTY.encode(), "text"))
    tags = Tags()
    tags.feed(written)
    assert not tags.found & {"script", "img", "svg", "b", "a", "link", "iframe"}
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert "document.title=&quot;owned&quot;" in written  # it is there, as text


def test_hidden_characters_are_shown_by_their_code_points() -> None:
    written = page(explained(NASTY.encode(), "text"))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", written)
    assert all(name in written for name in ("U+202E", "U+2066", "U+0007", "U+001B"))


def test_a_page_loads_nothing() -> None:
    written = page(explained((GOLDEN / "en/bridge/raw.txt").read_bytes(), "text"))
    assert "default-src 'none'" in written
    assert not re.search(r"https?:|url\(|@import|src=|href=", written)


def test_the_page_has_a_switch_for_each_kind_and_the_rule_at_each_line() -> None:
    found = explained((GOLDEN / "en/bridge/raw.txt").read_bytes(), "text")
    written = page(found)
    for kind, count in found.kinds.items():
        assert f'id="k-{kind}"' in written
        assert written.count(f'class="gone {kind}"') == count
    assert 'data-rule="byline · en.byline"' in written


def test_arabic_lines_run_from_right_to_left_in_both_columns() -> None:
    written = page(explained((GOLDEN / "ar/library/raw.txt").read_bytes(), "text"))
    body = written.partition("<tbody>")[2]
    assert body.count('dir="rtl"') > body.count('dir="ltr"') > 0  # one line of it is English


def test_an_article_fits_on_a_terminal_of_80_by_24() -> None:
    found = explained((GOLDEN / "en/bridge/raw.txt").read_bytes(), "text")
    lines = printed(screen_of(found)).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert any(line.strip().startswith("3 en.byline") for line in lines)


def test_a_line_from_right_to_left_stands_at_the_right_edge() -> None:
    found = explained((GOLDEN / "ar/library/raw.txt").read_bytes(), "text")
    title = next(line for line in printed(screen_of(found)).splitlines() if " title " in line)
    assert title == title.rstrip()


def test_a_terminal_is_given_no_orders_by_an_article() -> None:
    shown = printed(screen_of(explained(NASTY.encode(), "text")))
    assert not set("\x1b\a\u202e") & set(shown)


def test_the_command_writes_json_and_pages(tmp_path: Path) -> None:
    raw = str(GOLDEN / "en/bridge/raw.txt")
    told = json.loads(CliRunner().invoke(app, ["explain", raw, "--json"]).stdout)
    assert told["lines"][2] == {
        "line": 3,
        "pieces": [{"text": "By Ellen Marsh", "fate": "removed", "kind": "byline", "rule": "en.byline"}],
    }
    assert told["metadata"]["authors"] == "Ellen Marsh"
    out = tmp_path / "why.html"
    assert CliRunner().invoke(app, ["explain", raw, "--html", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    there = set(Path().iterdir())
    done = CliRunner().invoke(app, ["explain", raw, "--html", "-"])
    assert done.stdout == out.read_text(encoding="utf-8")
    assert set(Path().iterdir()) == there


def test_a_page_is_not_written_over_its_article(tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    shutil.copy(GOLDEN / "en/bridge/raw.txt", article)
    (tmp_path / "link.html").symlink_to(article)
    for out in (article, tmp_path / "link.html"):
        with pytest.raises(UsageError, match="is the article itself"):
            CliRunner().invoke(app, ["explain", str(article), "--html", str(out)], catch_exceptions=False)
    assert article.read_bytes() == (GOLDEN / "en/bridge/raw.txt").read_bytes()


def test_where_a_page_does_not_fit_nothing_is_left_of_it(tmp_path: Path) -> None:
    out = tmp_path / "why.html"
    raw = str(GOLDEN / "en/bridge/raw.txt")
    command = [sys.executable, "-m", "worker.cli", "explain", raw, "--html", str(out)]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, f"winnow: {out}: File too large\n")
    assert not out.exists()


def test_a_browser_runs_nothing_of_an_article(tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium on the PATH")
    # Given a page about an article that is full of scripts, when a browser has read and run it,
    (tmp_path / "page.html").write_text(page(explained(NASTY.encode(), "text")), encoding="utf-8")
    seen = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, timeout=600, check=True,
    ).stdout  # fmt: skip
    # then the title is the article's, and no element came out of the text.
    assert "<title>Ferry &amp; bridge:" in seen
    assert not re.search(r"<(script|img|svg|b)\b", seen)


def test_letters_that_the_terminal_lacks_are_spelled_out() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", "explain", str(GOLDEN.parents[1] / "samples" / "ar-train.txt")],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\u0633\u0644\u0627\u0645" in done.stdout
