"""Imported in the fork server, nowhere else: tables and models that every process of the pool needs and
none changes are made once, by one article's way through the pipeline, and are shared by all that fork."""

from __future__ import annotations

from worker.pipeline import Limits, process
from worker.pool_child import WARM
from worker.text.rules import compile_rules

process(WARM, compile_rules(()), Limits())
