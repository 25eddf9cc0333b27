"""Where the `winnow` command begins: before anything of ours is imported, which takes a second.

Ctrl-C in that second ends the process as it ends any other program, by its signal and in silence; Python's
own way is a traceback through whatever it was importing.
"""

from __future__ import annotations

import signal


def main() -> None:
    """The `winnow` command."""
    pythons_own = signal.default_int_handler
    if signal.getsignal(signal.SIGINT) is pythons_own:  # not where it is ignored, as under `nohup`
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from worker.cli import main as winnow

    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, pythons_own)
    winnow()
