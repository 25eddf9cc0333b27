"""Numbers on a screen: short, and readable at a glance."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_KIB = 1024


def sparkline(numbers: Sequence[int], width: int) -> str:
    """The last numbers as bars, 0 being the lowest."""
    last = list(numbers)[-width:]
    top = max(last, default=0) or 1
    return "".join(_BARS[min(len(_BARS) - 1, number * len(_BARS) // (top + 1))] for number in last)


def duration(seconds: float | None) -> str:
    """Short: 0.4s, 35s, 12m, 3.5h, 2.1d."""
    if seconds is None:
        return "?"
    for unit, size, limit in (("s", 1, 120), ("m", 60, 7200), ("h", 3600, 172_800)):
        if seconds < limit:
            value = seconds / size
            text = f"{value:.1f}" if value < 10 else f"{value:.0f}"
            return text.removesuffix(".0") + unit
    return f"{min(seconds / 86_400, 99_999):.1f}d"


def count(number: float) -> str:
    """At most six characters: 999, 12.3k, 4.5M."""
    for unit, size in (("", 1), ("k", 1e3), ("M", 1e6), ("G", 1e9)):
        if abs(number) < 1000 * size * (10 if unit == "" else 1):
            return f"{number / size:.0f}" if unit == "" else f"{number / size:.1f}{unit}"
    return f"{number / 1e12:.1f}T"


def rate(per_s: float | None) -> str:
    """Records per second; below ten with a decimal, or a trickle over many partitions reads as nothing."""
    if per_s is None:
        return "–"
    return f"{per_s:.1f}" if 0 < per_s < 10 else count(per_s)


def plural(number: int, noun: str) -> str:
    """`1 member`, `2 members`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def size(number: int) -> str:
    """Bytes, short: 512B, 1.5K, 12M, 3.4G."""
    value = float(number)
    for unit in ("B", "K", "M", "G"):
        if value < _KIB:
            return f"{value:.0f}{unit}" if unit == "B" or value >= 10 else f"{value:.1f}{unit}"
        value /= _KIB
    return f"{value:.1f}T"


def listed(numbers: Sequence[int]) -> str:
    """The first eight of them."""
    return ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "")
