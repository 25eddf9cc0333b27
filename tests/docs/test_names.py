"""What the docs name exists, and what exists is in the docs."""

from __future__ import annotations

import re

import pytest

from tests.docs.names import (
    OPERATIONS,
    PAGES,
    ROOT,
    calls,
    commands,
    dead_letter_codes,
    headers,
    quoted,
    table,
)
from tests.services.metrics import families, samples
from worker.ops.audit_findings import APART
from worker.settings import PREFIX, RESERVED, Settings, known_keys

SECTIONS = "|".join(Settings.model_fields)


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_is_named_exists(page: str) -> None:
    known = {".".join(key) for key in known_keys()}
    named = {
        name
        for piece in quoted(PAGES[page])
        for name in re.findall(rf"^({SECTIONS})\.(\w+)(?: =.*)?$", piece)
    }
    assert {".".join(one) for one in named} - known - {"schemas.py", "worker.py"} == set()
    variables = {PREFIX + "__".join(key).upper() for key in known_keys()} | RESERVED
    named_there = set(re.findall(r"\bWINNOW_[A-Z0-9_]*[A-Z0-9]", PAGES[page]))
    assert {one for one in named_there if not one.startswith("WINNOW_TEST_")} - variables == set()


def test_every_setting_stands_in_the_file_that_the_docs_point_to() -> None:
    told = (ROOT / "config" / "winnow.toml").read_text(encoding="utf-8")
    for section, key in known_keys():
        own = told.split(f"[{section}]\n", 1)[1].split("\n[", 1)[0]
        assert re.search(rf"^(?:# )?{key} = .*  # \S", own, re.MULTILINE), f"{section}.{key} has no comment"
    assert "(../config/winnow.toml)" in OPERATIONS
    assert "(config/winnow.toml)" in PAGES["README.md"]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_that_is_shown_exists(page: str) -> None:
    known = commands()
    for told, options in calls(PAGES[page]):
        if re.match(r"…|--version|--help|\S+[|\\]", told):
            continue
        name = next((name for name in known if f"{told} ".startswith(f"{name} ")), None)
        assert name or told in {name.split()[0] for name in known}, f"{page}: winnow {told}"
        takes = {option for param in known[name].params for option in param.opts} if name else set()
        assert set(options) - takes - {"--help"} == set(), f"{page}: winnow {told}"


def test_every_command_is_in_the_readme_or_in_operations() -> None:
    shown = " ".join(
        piece.replace("\\|", "|")
        for page in ("README.md", "docs/operations.md")
        for piece in quoted(PAGES[page])
    )
    for name in commands():
        group, _, last = name.rpartition(" ")
        listed = rf"winnow {group} [a-z|]*\b{last}\b" if group else rf"winnow {last}\b"
        assert re.search(listed, shown), f"winnow {name} is not in the docs"


@pytest.mark.parametrize("page", PAGES)
def test_every_metric_that_is_named_exists(page: str) -> None:
    known = set(families()) | set(samples())
    named = {
        name
        for piece in quoted(PAGES[page])
        for name in re.findall(r"\b(?:winnow|kafka|process)_[a-z_]+[a-z]\b", piece)
    }
    rooms = {path.stem for path in (ROOT / "worker").rglob("*.py")}
    assert named - known - rooms == set()


def test_every_metric_is_explained_with_its_labels() -> None:
    told = {row[0].strip("`"): row for row in table(OPERATIONS, "Metrics")}
    assert set(told) == set(families())
    for name, labels in families().items():
        if told[name][1].startswith("the same"):
            labels -= {"consumergroup", "topic", "partition"}
        assert set(re.findall(r"`(\w+)`", told[name][1])) == labels, name


def test_every_dead_letter_code_is_explained_and_every_one_explained_exists() -> None:
    told = {(row[0].strip("`"), row[1].strip("`")) for row in table(OPERATIONS, "Codes")}
    assert told == dead_letter_codes()


def test_everything_that_the_audit_counts_apart_is_explained() -> None:
    assert {row[0].strip("`") for row in table(OPERATIONS, "The audit")} == set(APART)


def test_every_header_is_explained_and_every_one_named_exists() -> None:
    named = {
        name
        for page in PAGES.values()
        for piece in quoted(page)
        for name in re.findall(r"^winnow\.[a-z0-9.]*[a-z0-9]$", piece)
    } - {"winnow.toml"}
    assert named == headers()


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_is_named_exists(page: str) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = {name for piece in quoted(PAGES[page]) for name in re.findall(r"^make ([a-z]+)", piece)}
    assert named - set(targets) == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{page}: {target}"


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


EXAMPLES = {"config/boilerplate/XX.toml", "tests/golden/XX/NAME/raw.txt", "worker/text/signs.py"}
"""Files that the reader is shown how to write."""


def test_every_file_that_is_named_in_docs_or_code_exists() -> None:
    code = [path for path in (ROOT / "worker").rglob("*") if path.suffix in (".py", ".lua")]
    texts = [*PAGES.values(), *(path.read_text(encoding="utf-8") for path in code)]
    rooms = "worker|schemas|config|tests|benchmarks|docs|deploy"
    named = {name for text in texts for name in re.findall(rf"\b(?:{rooms})/[\w/.]+\.[a-z]+\b", text)}
    assert {name for name in named if not (ROOT / name).exists()} == EXAMPLES


def test_the_map_of_the_house_shows_every_module_at_its_door() -> None:
    shown = set(re.findall(r"\w+\.py", PAGES["docs/architecture.md"]))
    assert {path.name for path in (ROOT / "worker").glob("[a-z]*.py")} - shown == set()
