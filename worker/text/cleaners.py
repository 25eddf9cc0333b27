"""The cleaners: plain functions `Draft, Rules -> Draft`, in order. To add one is one line in CLEANERS.

Two principles: every removed line carries its rule, and when unsure the line stays. Structure decides
where a phrase may stand; phrases are data (`config/boilerplate`), never in here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from worker.text.block_cleaner import unlikely_blocks
from worker.text.blocks import Cleaned, Document, Draft, Line, keyed
from worker.text.bylines import (
    author_box,
    byline_below_title,
    byline_of_two_lines,
    name_by_date,
    place_above_article,
    signature,
)
from worker.text.captions import credited_captions
from worker.text.comments import comment_thread, glued_comment
from worker.text.finish import dateline_of, hashtags_in
from worker.text.glue import glued_prompts, prompts_behind
from worker.text.head import above_the_title, dated_rows, menu_in_head, site_in_head
from worker.text.learned import learned_boilerplate
from worker.text.markup import decoded, markup_remains
from worker.text.model_cleaner import unlikely_lines
from worker.text.normalize import WORD, normalized
from worker.text.page_title import title_of_hint, title_of_page
from worker.text.phrases import phrases
from worker.text.repeats import repeated_excerpts, title_above_excerpt
from worker.text.rules import Rules
from worker.text.titles import duplicate_titles, title_in_head

Cleaner = Callable[[Draft, Rules], Draft]

CLEANERS: tuple[Cleaner, ...] = (
    markup_remains,  # first: the others read text
    title_of_page,
    above_the_title,  # needs a title that is sure; before the phrases, which would name only some of the menu
    phrases,
    learned_boilerplate,  # behind the phrases: their kinds say more than `learned`
    repeated_excerpts,
    title_above_excerpt,  # before the head is asked: it may hold only the site's name
    glued_prompts,
    prompts_behind,
    glued_comment,  # behind the prompts: what a rule names is no reader's comment
    comment_thread,
    dated_rows,
    menu_in_head,  # before the title is looked for: labels are no candidates
    title_in_head,
    credited_captions,  # behind the title: a headline may name an agency, too
    byline_below_title,  # these need the title, but for the box, which needs the bylines
    byline_of_two_lines,
    name_by_date,
    place_above_article,
    signature,
    author_box,
    site_in_head,
    duplicate_titles,
    unlikely_blocks,  # last: the models judge what no rule took
    unlikely_lines,
)
PASSES = 4
"""Each pass that removes something may uncover the next line; real articles need two at most."""


def clean_document(document: Document, rules: Rules, detect: Callable[[str], str]) -> Cleaned:
    """Runs the cleaners until nothing changes. `detect` tells the language of a text where nobody said it."""
    return finish(document, draft_of(document, rules), rules, detect)


def draft_of(document: Document, rules: Rules) -> Draft:
    """What the cleaners leave of a document."""
    draft = start(document, rules)
    for _ in range(PASSES):
        before = draft
        for cleaner in CLEANERS:
            draft = cleaner(draft, rules)
        if draft.lines == before.lines and draft.title == before.title:
            break
    return draft


def start(document: Document, rules: Rules) -> Draft:
    """The lines without blanks, left-over entities decoded."""
    lines = [_decoded(line) for line in document.lines]
    return Draft(
        keyed([line for line in lines if line.text.strip()]),
        title=title_of_hint(document.title, document.source),
        source=document.source,
        authors=tuple(_without_label(name, rules) for name in document.authors),
        url=document.url,
        certainty=document.certainty,
    )


def _without_label(author: str, rules: Rules) -> str:
    """The name alone where the page's author is a whole byline: "Posted by Jane Doe"."""
    found = rules.match(author, normalized(author))
    return found[1] if found and found[0].takes == "author" and found[1] else author


def _decoded(line: Line) -> Line:
    """The line itself where nothing was left to decode: what is known of it is kept."""
    plain = decoded(line.text)
    return line if plain == line.text else replace(line, text=plain)


def finish(document: Document, draft: Draft, rules: Rules, detect: Callable[[str], str]) -> Cleaned:
    """What is left, with the facts that the text itself gives."""
    paragraphs = tuple(line.text.strip() for line in draft.lines)
    return Cleaned(
        title=draft.title,
        paragraphs=paragraphs,
        removed=tuple(sorted(draft.removed, key=lambda cut: cut.number or 0)),
        language=document.language or _language(detect("\n".join(paragraphs)), document.page_language),
        source=draft.source,
        authors=draft.authors,
        credits=draft.credits,
        dateline=dateline_of(paragraphs, rules.agencies),
        published_at=document.published_at,
        hashtags=hashtags_in(paragraphs, draft.removed),
        confidence=confidence_of(draft),
        normalized=" ".join(line.key for line in draft.lines),
        words=" ".join(line.key for line in draft.lines if WORD.match(line.key)),
    )


def _language(detected: str, declared: str | None) -> str:
    """What the text tells; what the page declares only where that is not sure."""
    return declared if detected == "und" and declared else detected


def confidence_of(draft: Draft) -> float:
    """How sure we are, roughly: high where much prose is left and little of what was there is gone."""
    if not draft.lines:
        return 0.0
    if draft.certainty is not None:
        return draft.certainty
    kept = sum(len(line.text) for line in draft.lines)
    prose = sum(len(line.text) for line in draft.lines if line.prose)
    gone = sum(len(cut.text) for cut in draft.removed if cut.kind != "repeated_excerpt")
    return round(min(1.0, 0.2 + 0.5 * prose / kept + 0.3 * kept / (kept + gone)), 2)
