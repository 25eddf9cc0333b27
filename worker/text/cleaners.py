"""The cleaners: plain functions `Draft, Rules -> Draft`, in order. To add one is one line in CLEANERS.

Two principles: every removed line carries its rule, and when unsure the line stays. Structure decides
where a phrase may stand; phrases are data (`config/boilerplate`), never in here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

from worker.text.blocks import Cleaned, Document, Draft, Line
from worker.text.finish import dateline_of, hashtags_in, names_in
from worker.text.model_cleaner import unlikely_lines
from worker.text.rules import Rule, Rules
from worker.text.titles import duplicate_titles, title_in_head, title_of_hint
from worker.text.zones import ends_sentence, is_prose, prose_span, zone_of

Cleaner = Callable[[Draft, Rules], Draft]

EXCERPT_WORDS = 8
"""A repetition of fewer words may be a phrase that the writer likes."""
REST_WORDS = 20
"""Related links are headlines: no longer than this, and no sentence."""
COMMENT_LINES = 12
"""Readers' comments glued to an article are few; more lines than this are rather a part of it."""
GLUED_WORDS = 4
PASSES = 4
"""Each pass that removes something may uncover the next line; real articles need two at most."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_GLUE = re.compile(r"[.!?؟。][\"'”’»)\]]*(?=[^\W\d_])")


def clean_document(document: Document, rules: Rules, detect: Callable[[str], str]) -> Cleaned:
    """Runs the cleaners until nothing changes. `detect` tells the language of a text where nobody said it."""
    return finish(document, draft_of(document, rules), detect)


def draft_of(document: Document, rules: Rules) -> Draft:
    """What the cleaners leave of a document."""
    draft = start(document)
    for _ in range(PASSES):
        before = draft
        for cleaner in CLEANERS:
            draft = cleaner(draft, rules)
        if draft.lines == before.lines and draft.title == before.title:
            break
    return draft


def start(document: Document) -> Draft:
    """The lines without blanks, left-over entities decoded."""
    lines = tuple(Line(line.number, decoded(line.text)) for line in document.lines)
    return Draft(
        tuple(line for line in lines if line.text.strip()),
        title=title_of_hint(document.title, document.source),
        source=document.source,
        authors=document.authors,
        url=document.url,
    )


def decoded(text: str) -> str:
    """Left-over entities as the characters they mean, however often they were escaped."""
    while "&" in text and _ENTITY.search(text):
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if plain == text:
            break
        text = plain
    return text.replace("\r", "")


def share_footer_with_title(draft: Draft, rules: Rules) -> Draft:
    """A share dialog repeats the title, and the beginning of the article, behind its prompt."""
    for index, line in enumerate(draft.lines):
        found = rules.match(line.text, line.key)
        if not found or found[0].takes != "title":
            continue
        draft_without = draft.without([(line, found[0].kind, found[0].id)])
        following = draft.lines[index + 1 : index + 2]
        if following and not draft.title and not is_prose(following[0]) and following[0].words > 2:
            return draft_without.titled(following[0])
        return draft_without
    return draft


def repeated_excerpts(draft: Draft, rules: Rules) -> Draft:
    """A later line that only says again what stands above it, maybe behind the site's name."""
    seen = ""
    gone = []
    for line in draft.lines:
        if line.words >= EXCERPT_WORDS and _stands_in(line.key, seen, draft.source):
            gone.append((line, "repeated_excerpt", "struct.repeated-excerpt"))
        else:
            seen += f" {line.key}"
    return draft.without(gone)


def _stands_in(key: str, seen: str, source: str | None) -> bool:
    if f" {key}" in seen:  # the last word may be cut in the middle
        return True
    words = key.split(" ")
    return any(
        len(words) - skip >= 3 * EXCERPT_WORDS and f" {' '.join(words[skip:])}" in seen
        for skip in range(1, 5)
    )


def site_in_head(draft: Draft, rules: Rules) -> Draft:
    """The site's name, or its section, in the lines before the article."""
    first, last = prose_span(draft.lines)
    if last < first:
        return draft
    head = draft.lines[:first]
    gone = [
        (line, "site", rule) for index, line in enumerate(head) if (rule := _site_rule(draft, head, index))
    ]
    source = draft.source or next((line.text.partition("/")[0].strip() for line, _, _ in gone), None)
    return replace(draft.without(gone), source=source)


def _site_rule(draft: Draft, head: tuple[Line, ...], index: int) -> str:
    line = head[index]
    if line.words > 5 or ends_sentence(line.text):
        return ""
    if draft.source and line.key == title_key(draft.source):
        return "struct.site-is-source"
    if draft.title and "/" in line.text and not re.search(r"\d/\d", line.text):
        return "struct.site-section"
    others = [other for place, other in enumerate(head) if place != index and other.words > line.words + 1]
    if index == 0 and line.words <= 4 and (draft.title_taken or _is_headline_below(others)):
        return "struct.site-above-title"
    return ""


def _is_headline_below(others: list[Line]) -> bool:
    return any(5 <= other.words <= 25 for other in others)


def title_key(text: str) -> str:
    """Normalised words of a name or title."""
    return Line(None, text).key


def phrases(draft: Draft, rules: Rules) -> Draft:
    """Lines that a rule names, in the zones where it holds; what such a line introduces goes with it."""
    first, last = prose_span(draft.lines)
    gone: list[tuple[Line, str, str]] = []
    authors, credits = list(draft.authors), list(draft.credits)
    rest: Rule | None = None
    for index, line in enumerate(draft.lines):
        found = rules.match(line.text, line.key)
        rule = found[0] if found else None
        if rule and rule.takes != "title" and zone_of(index, first, last) in rule.zones:
            gone.append((line, rule.kind, rule.id))
            rest = rule if rule.takes == "rest" else rest
            if found and found[1] and rule.takes in ("author", "credit"):
                (authors if rule.takes == "author" else credits).extend(
                    names_in(found[1]["name"], rules, rule.takes)
                )
        elif (
            rest
            and zone_of(index, first, last) == "tail"
            and line.words <= REST_WORDS
            and not ends_sentence(line.text)
        ):
            gone.append((line, rest.kind, f"{rest.id}+"))
        else:
            rest = None
    known = replace(draft, authors=tuple(dict.fromkeys(authors)), credits=tuple(dict.fromkeys(credits)))
    return known.without(gone)


def glued_prompts(draft: Draft, rules: Rules) -> Draft:
    """A phrase that a rule names, stuck to the end of a sentence without a space."""
    for line in draft.lines:
        glue = _last_glue(line.text)
        if glue is None:
            continue
        kept, piece = line.text[:glue], line.text[glue:]
        found = rules.match(piece, Line(None, piece).key)
        if found and found[0].takes in ("", "title"):
            draft = draft.cut(line, kept, piece, found[0].kind, found[0].id)
    return draft


def _last_glue(text: str) -> int | None:
    """Where the last piece that is glued to a sentence's end begins."""
    glue = None
    for match in _GLUE.finditer(text):
        glue = match.end()
    return glue


def glued_comment(draft: Draft, rules: Rules) -> Draft:
    """A reader's name glued to the last sentence, and the comment in the lines behind it.

    Only where everything agrees: the piece is short and no sentence, something follows, all that
    follows is no sentence either (readers rarely write full stops, editors always do).
    """
    for index in range(len(draft.lines) - 1, 0, -1):
        line = draft.lines[index]
        glue = _last_glue(line.text)
        if glue is not None and line.words >= 8:
            return _without_comment(draft, index, glue)
        if _is_sentence(line.text) or len(draft.lines) - index > COMMENT_LINES:
            return draft
    return draft


def _without_comment(draft: Draft, index: int, glue: int) -> Draft:
    line, following = draft.lines[index], draft.lines[index + 1 :]
    piece = line.text[glue:]
    if not following or Line(None, piece).words > GLUED_WORDS or ends_sentence(piece) or index < 3:
        return draft
    rule = "struct.glued-comment"
    shorter = draft.without((one, "reader_comment", rule) for one in following)
    return shorter.cut(line, line.text[:glue], piece, "reader_comment", rule)


def _is_sentence(text: str) -> bool:
    return ends_sentence(text) and not text.rstrip().endswith(("…", "..."))


CLEANERS: tuple[Cleaner, ...] = (
    share_footer_with_title,
    repeated_excerpts,
    phrases,
    glued_prompts,
    glued_comment,
    title_in_head,
    site_in_head,
    duplicate_titles,
    unlikely_lines,
)


def finish(document: Document, draft: Draft, detect: Callable[[str], str]) -> Cleaned:
    """What is left, with the facts that the text itself gives."""
    paragraphs = tuple(line.text.strip() for line in draft.lines)
    return Cleaned(
        title=draft.title,
        paragraphs=paragraphs,
        removed=tuple(sorted(draft.removed, key=lambda cut: cut.number or 0)),
        language=document.language or detect("\n".join(paragraphs)),
        source=draft.source,
        authors=draft.authors,
        credits=draft.credits,
        dateline=dateline_of(paragraphs),
        published_at=document.published_at,
        hashtags=hashtags_in(paragraphs, draft.removed),
        confidence=confidence_of(draft),
    )


def confidence_of(draft: Draft) -> float:
    """How sure we are, roughly: high where much prose is left and little of what was there is gone."""
    if not draft.lines:
        return 0.0
    if draft.certainty is not None:
        return draft.certainty
    kept = sum(len(line.text) for line in draft.lines)
    prose = sum(len(line.text) for line in draft.lines if is_prose(line))
    gone = sum(len(cut.text) for cut in draft.removed if cut.kind != "repeated_excerpt")
    return round(min(1.0, 0.2 + 0.5 * prose / kept + 0.3 * kept / (kept + gone)), 2)
