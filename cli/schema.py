"""`ensia schema`: the JSON Schema of `ensia.yaml`, for an editor."""

from __future__ import annotations

import json
from pathlib import Path

from cli.common import console, print_json
from flows.setting_schema import setting_schema
from models.message import Say


def show_schema(to: Path | None, say: Say) -> None:
    """Print the schema, or write it to a file."""
    schema = setting_schema()
    if to is None:
        print_json(schema)
        return
    to.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    console().print(say("shell.schema_written", file=to, name=to.name), markup=False, soft_wrap=True)
