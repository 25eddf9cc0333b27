"""What a command shows, as it stands on a screen of a given size, without colours."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, RenderableType


def printed(shown: RenderableType, width: int = 80, height: int = 24) -> str:
    console = Console(width=width, height=height, file=StringIO(), force_terminal=False)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()
