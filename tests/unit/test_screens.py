"""What comes from others is shown, never obeyed."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console
from typer.testing import CliRunner

from worker import cli
from worker.errors import FatalError, UsageError
from worker.ops.plain import plain


def test_a_line_for_a_screen_holds_no_orders_and_keeps_its_letters() -> None:
    assert plain("a\x1b[31m\x9b\a\r\nb\u202e\ud800\tc") == "a�[31m����b�� c"
    persian = "می\u200cخواهم"
    assert plain(persian) == persian


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (FatalError("x\x1b[31m.txt:\nno [/such] file"), "winnow: x�[31m.txt: no [/such] file\n"),
        (IsADirectoryError(21, "Is a directory", "out"), "winnow: out: Is a directory\n"),
        (OSError(28, "No space left on device"), "winnow: No space left on device\n"),
    ],
)
def test_an_error_is_one_line(raised: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Console(file=StringIO(), highlight=False, soft_wrap=True)

    def fails(**_: object) -> None:
        raise raised

    monkeypatch.setattr(cli, "errors", told)
    monkeypatch.setattr(cli, "app", fails)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert told.file.getvalue() == said  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "a.txt", "--json", "--html", "a.html"),
        ("lag", "--watch", "--once"),
        ("lag", "--serve", "9999", "--watch"),
        ("lag", "--serve", "9999", "--json"),
        ("lag", "--serve", "9999", "--fail-over", "5m"),
    ],
)
def test_of_two_options_that_exclude_one_another_none_is_passed_over(arguments: tuple[str, ...]) -> None:
    assert isinstance(CliRunner().invoke(cli.app, arguments).exception, UsageError)
