"""Who traces programs sees the night, its steps and its sources by name, and nothing of what a source said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, Status, StatusCode, Tracer, TracerProvider

from tests.flows.municipality import write_municipality
from tests.pipeline import run_once


class Noted(NonRecordingSpan):
    """A span that keeps what it was told."""

    def __init__(self, name: str, attributes: Any) -> None:
        super().__init__(INVALID_SPAN_CONTEXT)
        self.name, self.attributes, self.problem = name, dict(attributes), ""

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        self.problem = description or ""

    def record_exception(self, *arguments: Any, **named: Any) -> None:
        raise AssertionError("the text of an error may quote a source")


class Tracing(TracerProvider, Tracer):
    """What a process with an SDK has, as far as the program asks for it."""

    def __init__(self) -> None:
        self.spans: list[Noted] = []

    def get_tracer(self, *arguments: Any, **named: Any) -> Tracer:
        return self

    def start_span(self, name: str, *arguments: Any, **named: Any) -> Noted:
        self.spans.append(Noted(name, named["attributes"]))
        return self.spans[-1]

    @contextmanager
    def start_as_current_span(self, name: str, *arguments: Any, **named: Any) -> Iterator[Noted]:
        assert not named["record_exception"] and not named["set_status_on_exception"]
        yield self.start_span(name, attributes=named["attributes"])


def test_a_night_is_traced_by_names_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracing = Tracing()
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", ModuleType("opentelemetry.sdk"))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: tracing)
    folder = write_municipality(tmp_path)
    (folder / "incidenten.csv").write_text("Kolom\nGeheimeregeling\n", "utf-8")
    run_once(folder, date(2026, 11, 20))
    assert {span.name for span in tracing.spans} == {
        f"ensia.{name}" for name in ("night", "examine", "collect", "source", "assess", "finish", "publish")
    }
    told = str([(span.name, span.attributes, span.problem) for span in tracing.spans])
    assert "Geheim" not in told
    failed = [span for span in tracing.spans if span.problem]
    assert [(span.attributes["ensia.source"], span.problem) for span in failed] == [("incidenten", "TerminalError")]


def test_without_one_nothing_is_loaded() -> None:
    code = "import sys; from flows.spans import span\nwith span('night'): pass\nprint('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
