"""The three aspects that an auditor asks for (domain.md: opzet, bestaan, werking), in the order in which they are asked."""

from __future__ import annotations

from typing import Literal

Aspect = Literal["design", "existence", "operation"]
ASPECTS: tuple[Aspect, ...] = ("design", "existence", "operation")
