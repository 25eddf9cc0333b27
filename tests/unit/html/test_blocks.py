"""A page as blocks: one for each line that a reader sees, with its place in the tree."""

from __future__ import annotations

from lxml import html

from worker.html.blocks import MAX_BLOCKS, PARTS, class_words, read_page


def texts(source: str) -> list[str]:
    return read_page(html.document_fromstring(source)).texts


def test_what_begins_a_new_line_begins_a_block() -> None:
    assert texts("<p>One <b>two</b> three<br>four</p><div>five<p>six</p>seven</div>") == [
        "One two three", "four", "five", "six", "seven",
    ]  # fmt: skip


def test_scripts_styles_and_comments_are_no_text_and_what_follows_them_is() -> None:
    assert texts("<p>a<script>var b</script>c<!-- d -->e<style>f</style></p>") == ["ace"]


def test_white_space_is_one_space() -> None:
    assert texts("<p>  a \n\t b&nbsp;c </p>") == ["a b c"]


def test_letters_inside_links_are_counted() -> None:
    page = read_page(
        html.document_fromstring('<p>see <a href="/x">here</a></p><a href="/y"><p>all of it</p></a>')
    )
    assert list(zip(page.texts, page.linked, strict=True)) == [("see here", 4), ("all of it", 9)]


def test_a_block_knows_the_parts_of_the_page_it_is_in() -> None:
    page = read_page(html.document_fromstring("<article><aside><p>x</p></aside></article><p>y</p>"))
    inside, outside = (page.tree.parts[node] for node in page.node)
    assert inside & PARTS["article"]
    assert inside & PARTS["aside"]
    assert not outside & (PARTS["article"] | PARTS["aside"])


def test_words_of_classes_are_found_however_they_are_joined() -> None:
    assert class_words("related-links") == class_words("relatedLinks") == class_words("related_links x1")
    assert class_words("related-links") != class_words("article-body")


def test_a_page_without_end_is_read_as_far_as_any_article_goes() -> None:
    assert len(texts("<p>a</p>" * (MAX_BLOCKS + 50))) == MAX_BLOCKS


def test_hidden_elements_are_marked() -> None:
    page = read_page(html.document_fromstring('<div style="display: none"><p>x</p></div><p>y</p>'))
    assert [page.tree.hidden[node] for node in page.node] == [True, False]
