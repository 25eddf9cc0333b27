"""`winnow explain --html`: one page that needs nothing but itself: no script, no font, no network.

Everything of the article is text: `escape` for what HTML would read, code points for what a browser
would hide or reorder by, a direction of its own and isolation for each cell. Switches are checkboxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from worker.commands.explain_display import HUES, is_rtl, named
from worker.ops.explain import Explained, Piece, Row
from worker.ops.plain import is_hidden

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --hint: #767676; --tone: 90%; --edge: 45% }
@media (prefers-color-scheme: dark) { :root { --tone: 22%; --edge: 60% } }
body { font: 16px/1.55 system-ui, "Noto Sans", "Noto Sans Arabic", sans-serif; margin: 1.5rem auto;
  max-width: 76rem; padding: 0 1rem }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; unicode-bidi: plaintext }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0 1rem }
dt { color: var(--hint) } dd { margin: 0; justify-self: start }
fieldset { border: 1px solid var(--line); border-radius: .4rem }
fieldset { display: flex; flex-wrap: wrap; gap: .3rem 1rem }
label { white-space: nowrap } label span { padding: 0 .35rem; border-radius: .25rem }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin-top: 1rem }
th { text-align: start; border-bottom: 1px solid var(--line) } th.n, td.n { width: 2.5rem }
td { vertical-align: top; padding: .25rem .5rem; overflow-wrap: anywhere; border-bottom: 1px solid #8882 }
td.n { color: var(--hint); font-size: .8rem; text-align: end }
td div { unicode-bidi: isolate }
bdi.title { font-weight: 700 }
bdi.title::after { content: " → title"; font-weight: 400; color: var(--hint) }
.gone { border-inline-start: .25rem solid; padding: 0 .35rem; position: relative }
.gone { text-decoration: line-through }
.gone:hover { text-decoration: none }
.gone:hover::after { content: attr(data-rule); position: absolute; inset-inline-start: 0; top: 100%;
  z-index: 1; background: Canvas; color: CanvasText;
  border: 1px solid; border-radius: .25rem; padding: 0 .4rem;
  font: .8rem/1.6 monospace; white-space: nowrap; direction: ltr }
@media print { * { print-color-adjust: exact } fieldset { break-inside: avoid } tr { break-inside: avoid }
  .gone::after { content: " " attr(data-rule); font: .7rem monospace; direction: ltr; color: var(--hint) } }
.ctl { font: .7rem monospace; border: 1px solid; border-radius: .2rem; padding: 0 .15rem }
"""


def page(found: Explained) -> str:
    """The page, UTF-8."""
    kinds = found.kinds
    rows = "\n".join(_row(row) for row in found.rows)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{_escaped(found.article.title)} – winnow explain</title>
<style>{_STYLE}{"".join(_kind_style(kind) for kind in kinds)}</style></head><body>
<h1 dir="auto">{_shown(found.article.title) or "(no title)"}</h1>
<dl>{"".join(_facts(found))}</dl>
<fieldset><legend>Removed lines: {sum(kinds.values())}</legend>
{"".join(map(_switch, kinds.items()))}</fieldset>
<table><thead><tr><th class="n"></th><th>Before</th><th>After</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def _kind_style(kind: str) -> str:
    return (
        f".{kind} {{ background: hsl({HUES[kind]} 80% var(--tone)); "
        f"border-color: hsl({HUES[kind]} 75% var(--edge)) }}\n"
        f"body:has(#k-{kind}:not(:checked)) :is(.row-{kind}, .gone.{kind}) {{ display: none }}\n"
    )


def _switch(pair: tuple[str, int]) -> str:
    kind, count = pair
    name = f'<span class="{kind}">{kind.replace("_", " ")}</span>'
    return f'<label><input type="checkbox" id="k-{kind}" checked> {name} {count}</label>'


def _facts(found: Explained) -> Iterator[str]:
    for name, value in found.facts.items():
        if name != "title":
            yield f'<dt>{name}</dt><dd dir="auto">{_shown(value)}</dd>'


def _row(row: Row) -> str:
    before = " ".join(_piece(piece) for piece in row.pieces)
    after = " ".join(_shown(piece.text) for piece in row.pieces if piece.fate == "kept")
    kinds = {piece.kind for piece in row.pieces}
    whole = f' class="row-{kinds.pop()}"' if row.removed and len(kinds) == 1 else ""
    # `dir=auto` would not look into <bdi>: the direction is found here.
    way = "rtl" if is_rtl(" ".join(piece.text for piece in row.pieces)) else "ltr"
    number = row.number if row.number is not None else ""
    return (
        f'<tr{whole}><td class="n">{number}</td>'
        f'<td><div dir="{way}">{before}</div></td><td><div dir="{way}">{after}</div></td></tr>'
    )


def _piece(piece: Piece) -> str:
    if piece.fate == "removed":
        rule = _escaped(f"{piece.kind} · {piece.rule}")
        return f'<bdi class="gone {piece.kind}" data-rule="{rule}" title="{rule}">{_shown(piece.text)}</bdi>'
    return f'<bdi class="{piece.fate}">{_shown(piece.text)}</bdi>'


def _shown(text: str) -> str:
    """Text as HTML, hidden characters as their code points."""
    return "".join(
        f'<span class="ctl">{named(one)}</span>' if is_hidden(one) else escape(one) for one in text
    )


def _escaped(text: str) -> str:
    """Text for attributes and the page's title, without hidden characters."""
    return escape("".join(one for one in text if not is_hidden(one)), quote=True)
