"""The weights on file belong to the code beside them, and the model does what it is there for."""

from __future__ import annotations

import io
from importlib.resources import files

import numpy as np
import pytest

from benchmarks.block_model_probe import probe
from schemas import RawArticle
from worker.stages.extract import extract
from worker.text.block_model import BlockModel

WEIGHTS = files("worker.text").joinpath("block_model.npz").read_bytes()
MODEL = BlockModel.from_bytes(WEIGHTS)


def paragraph(number: int) -> str:
    said = "the ferry left the harbour at dawn, and nobody on the quay waved to it, she said."
    return f"<p>On day {number} {said}</p>"


STORY = f"""<html><head><title>Ferry leaves</title></head><body>
<nav><ul><li><a href="/a">Home</a></li><li><a href="/b">Boats</a></li></ul></nav>
<article><h1>Ferry leaves</h1><div class="article-body">{"".join(map(paragraph, range(6)))}
<div class="related-links"><a href="/c">The old ferry is for sale</a></div>{paragraph(7)}</div></article>
<footer><p>Harbour Gazette, all rights reserved</p></footer></body></html>"""


def test_the_weights_were_trained_with_these_features() -> None:
    """If this fails, the features have changed: run `python -m benchmarks.train_block_model`."""
    with np.load(io.BytesIO(WEIGHTS)) as stored:
        np.testing.assert_allclose(probe(), stored["probe"], rtol=1e-4, atol=1e-4)


def test_weights_spell_out_no_word() -> None:
    with np.load(io.BytesIO(WEIGHTS)) as stored:
        texts = {name: stored[name] for name in stored.files if stored[name].dtype.kind in "US"}
    assert set(texts) == {"features"}


def test_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(ValueError, match="not a"):
        BlockModel.from_bytes(b"PK nothing")


def test_other_features_than_the_trained_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="trained on other features"):
        MODEL.probabilities(("size",), np.zeros((1, 3), np.float32))


def test_every_paragraph_is_sure_and_a_link_between_them_is_doubted() -> None:
    lines = extract(RawArticle(html=STORY), MODEL).lines
    doubts = {line.text: line.doubt or 0.0 for line in lines}
    assert all(doubt < MODEL.threshold for text, doubt in doubts.items() if text.startswith("On day"))
    assert doubts["The old ferry is for sale"] >= MODEL.threshold
    assert len([text for text in doubts if text.startswith("On day")]) == 7


def test_the_document_says_how_sure_it_is() -> None:
    document = extract(RawArticle(html=STORY), MODEL)
    assert document.method == "trafilatura+blocks"
    assert document.certainty is not None
    assert 0 < document.certainty < 1


def test_without_a_model_the_extractor_is_taken_at_its_word() -> None:
    document = extract(RawArticle(html=STORY))
    assert document.method == "trafilatura"
    assert all(line.doubt is None for line in document.lines)


def test_what_a_block_is_shows_in_its_place_in_the_page() -> None:
    captioned = STORY.replace(
        '<div class="related-links">',
        "<figure><img src=a><figcaption>The quay, by Jo Lund</figcaption></figure>"
        '<p class="wp-caption-text">The ferry, by Jo Lund</p><div class="related-links">',
    )
    kinds = {line.text: line.kind for line in extract(RawArticle(html=captioned), MODEL).lines}
    assert kinds["The quay, by Jo Lund"] == kinds["The ferry, by Jo Lund"] == "media_credit"
    assert kinds["The old ferry is for sale"] is None
