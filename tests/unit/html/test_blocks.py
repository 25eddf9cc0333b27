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


def test_a_row_of_data_is_one_line_and_columns_of_a_page_are_not() -> None:
    data = "<table><tr><th>Year</th><th>Trips</th></tr><tr><td>2020</td><td>312</td></tr></table>"
    assert texts(data) == ["Year Trips", "2020 312"]
    columns = "<table><tr><td><p>Home</p></td><td><p>The ferry left.</p></td></tr></table>"
    assert texts(columns) == ["Home", "The ferry left."]
    assert texts(f"<table><tr><td>Home</td><td>{'The ferry left. ' * 9}</td></tr></table>")[0] == "Home"


def test_words_that_no_reader_sees_are_no_part_of_a_line() -> None:
    assert texts('<p>a <span style="display: none">b <i>c</i></span>d <b hidden>e</b>f</p>') == ["a d f"]


def test_what_is_shown_as_a_block_begins_a_line() -> None:
    assert texts('<div><span style="display:block">a</span><span>b</span><span>c</span></div>') == ["a", "bc"]


def test_blank_lines_part_preformatted_text() -> None:
    assert texts("<pre>a\nb\n\nc <b>d</b>\n \ne</pre><p>f\n\ng</p>") == ["a b", "c d", "e", "f g"]


def test_pictures_are_counted_for_the_block_behind_them_and_their_element() -> None:
    page = read_page(
        html.document_fromstring("<div><p>a</p><figure><img><iframe></iframe><p>b</p></figure><p>c</p></div>")
    )
    assert page.images == [0, 2, 0]
    assert sum(page.tree.images) == 2


def test_bold_and_slanted_letters_are_told_apart() -> None:
    page = read_page(html.document_fromstring("<p>a<b>bc</b><em>def</em></p>"))
    assert (page.strong, page.slanted) == ([2], [3])
