"""A made-up page whose features are stored beside the block model's weights: if they come out otherwise
one day, the code that computes them is no longer the code that the model was trained with."""

from __future__ import annotations

import numpy as np
from lxml import html
from numpy.typing import NDArray

from worker.html.blocks import CLASS_BITS, read_page
from worker.html.features import block_features

PAGE = """<html><body class="post-page"><nav class="main-menu">
<a href="/">Home</a><a href="/b">Boats</a></nav>
<article id="story"><h1 class="headline">Ferry 7 leaves, and nobody waves!</h1>
<p class="by-line">By I. Berg</p>
<div class="articleBody">
<p>The ferry left the harbour at dawn, and nobody on the quay waved to it this time.</p>
<p><b>«Nous reviendrons»</b>, dit le capitaine; il n’a rien ajouté,
et personne ne lui a rien demandé ce matin.</p>
<p>غادرت العبارة الميناء فجراً، ولم يلوّح لها أحد على الرصيف هذه المرة، كما قال الحارس العجوز.</p>
<p>フェリーは夜明けに港を出たが、今回は岸壁で手を振る人は誰もいなかった。</p>
<p class="related"><a href="/c">Read also: The old ferry is for sale</a></p>
<ul><li>one</li><li>two</li></ul></div>
<figure><figcaption>Photo: A. Nyman / Harbour Gazette</figcaption></figure></article>
<footer style="display:none">
<p>© 2024 Harbour Gazette</p><p>Home | Boats | About us</p></footer></body></html>"""
TAKEN = ("The ferry left the harbour at dawn, and nobody on the quay waved to it this time.", "one")


def probe() -> NDArray[np.float32]:
    """The features of the page, with a table that knows something about every bucket."""
    names = (np.arange(1 << CLASS_BITS) % 3 - 1).astype(np.int8)
    table = (np.arange(1 << CLASS_BITS) % 201 - 100).astype(np.int8)
    title = "Ferry 7 leaves, and nobody waves"
    return block_features(
        read_page(html.document_fromstring(PAGE)), table, names, extracted=TAKEN, title=title
    )[1]
