"""Readers' comments behind the end of an article: glued to its last sentence, or in lines of their own."""

from __future__ import annotations

from worker.text.blocks import Draft, Line, Removed
from worker.text.glue import last_glue
from worker.text.rules import Rules
from worker.text.sentences import count_words, ends_sentence

COMMENT_LINES = 12
"""Readers' comments glued to an article are few; more lines than this are rather a part of it."""
GLUED_WORDS = 4
"""A reader's name."""
PARAGRAPH_WORDS = 8
ARTICLE_LINES = 3
STAMPS = (".ago", ".date")
"""Rules of these names take "5 hours ago" and the day and hour."""
COUNT = ".comment-count"
"""Rules of this name take "2 comments"."""
COMMENT_REACH = 15
"""Lines between the times of two comments that follow one another, or from one to its button."""


def comment_thread(draft: Draft, rules: Rules) -> Draft:
    """Comments in lines of their own: behind an article and a prompt to comment a name, how long ago, what
    was said, and "Reply" or the next one. All that follows goes: nothing of the article stands behind it."""
    prompts = [cut.number for cut in draft.removed if _is_heading(cut) and cut.number]
    stamps = sorted(cut.number for cut in draft.removed if cut.rule.endswith(STAMPS) and cut.number)
    article = [line.number for line in draft.lines if line.prose and line.number][:ARTICLE_LINES]
    if not prompts or not article:
        return draft
    heading = min((number for number in prompts if number > article[-1]), default=None)
    first = next((number for number in stamps if heading and number > heading), None)
    if first is None or not any(0 < number - first <= COMMENT_REACH for number in (*stamps, *prompts)):
        return draft
    return draft.without(
        (line, "reader_comment", "struct.comment-thread")
        for line in draft.lines
        if line.number and (line.number > first or (line.number == first - 1 and _is_reader(line)))
    )


def _is_reader(line: Line) -> bool:
    """Whether a line is a reader's name, perhaps with the number of the comment."""
    return sum(any(map(str.isalpha, word)) for word in line.text.split()) <= GLUED_WORDS


def _is_heading(cut: Removed) -> bool:
    return cut.kind == "comment_prompt" or cut.rule.endswith(COUNT)


def glued_comment(draft: Draft, rules: Rules) -> Draft:
    """A reader's name glued to the last sentence, and the comment in the lines behind it.

    Only where everything agrees: the piece is short and no sentence, something follows, all that
    follows is no sentence either (readers rarely write full stops, editors always do).
    """
    for index in range(len(draft.lines) - 1, 0, -1):
        line = draft.lines[index]
        glue = last_glue(line.text)
        if glue is not None and line.words >= PARAGRAPH_WORDS:
            return _without_comment(draft, index, glue)
        if _is_finished(line) or len(draft.lines) - index > COMMENT_LINES:
            return draft
    return draft


def _without_comment(draft: Draft, index: int, glue: int) -> Draft:
    line, following = draft.lines[index], draft.lines[index + 1 :]
    piece = line.text[glue:]
    if not following or count_words(piece) > GLUED_WORDS or ends_sentence(piece) or index < ARTICLE_LINES:
        return draft
    rule = "struct.glued-comment"
    shorter = draft.without((one, "reader_comment", rule) for one in following)
    return shorter.cut(line, line.text[:glue], piece, "reader_comment", rule)


def _is_finished(line: Line) -> bool:
    return line.is_sentence and not line.text.rstrip().endswith(("…", "..."))
