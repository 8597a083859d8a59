"""Spans of a run, its steps and its sources, for whoever traces programs with OpenTelemetry.

A process that was started with an SDK (`opentelemetry-instrument ensia nightly`) has them; in every other one nothing is
loaded. As in the log only names and numbers are told: of an error its kind, never its text, which may quote a source.
Interface: OpenTelemetry API for tracing, https://opentelemetry.io/docs/specs/otel/trace/api/ (read on 2026-11-28).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SDK = "opentelemetry.sdk"
_TRACER = "ensia"


@contextmanager
def span(name: str, **attributes: str) -> Iterator[None]:
    """Trace the block as `name`, with names that tell what it is about."""
    if _SDK not in sys.modules:
        yield
        return
    from opentelemetry import trace

    tracer = trace.get_tracer(_TRACER)
    labels = {f"{_TRACER}.{key}": value for key, value in attributes.items()}
    with tracer.start_as_current_span(
        f"{_TRACER}.{name}", attributes=labels, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise
