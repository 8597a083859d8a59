"""The JSON Schema of `ensia.yaml`, for editors: what may be said, of which connector. It is made of the same classes that
read the file; what only reading can tell (whether a file is there, a secret set, a word known) is left to `ensia check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from connectors.base import Settings, connectors
from models.configuration import Configuration, Coverage, Source
from models.duration import Duration

_DRAFT = "http://json-schema.org/draft-07/schema#"
_DURATION = {
    "type": "string",
    "pattern": r"^P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T\d+H)?$",
    "examples": ["P1D", "P1M", "P1Y", "PT72H"],
}


class _SettingSchema(GenerateJsonSchema):
    """Durations as they are written; and no default that JSON cannot say."""

    def is_instance_schema(self, schema: Any) -> JsonSchemaValue:
        return dict(_DURATION) if schema["cls"] is Duration else {}

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        if schema["cls"] is Duration:
            return dict(_DURATION)
        return super().dataclass_schema(schema)

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """What is rearranged first may be written shorter: a rule as the path that it reads."""
        whole, cls = super().model_schema(schema), schema["cls"]
        may_be_shorter = not _is_plain(cls) and cls not in (Source, Coverage) and not issubclass(cls, Settings)
        return {"anyOf": [whole, {"type": ["string", "array"]}]} if may_be_shorter else whole

    def encode_default(self, dft: Any) -> Any:
        return str(dft) if isinstance(dft, Duration) else super().encode_default(dft)


def setting_schema() -> dict[str, Any]:
    """The whole schema, draft 7."""
    schema = Configuration.model_json_schema(schema_generator=_SettingSchema)
    definitions = schema.pop("$defs")
    conditions = []
    for name, settings in sorted(_settings_of_connectors()):
        of_connector = settings.model_json_schema(schema_generator=_SettingSchema)
        definitions.update(of_connector.pop("$defs", {}))
        conditions.append(_of_connector(name, of_connector, _is_plain(settings)))
    source = definitions["Source"]
    for internal in set(source["properties"]) - set(Source.settings()):
        source["properties"].pop(internal)
    source["properties"]["connector"] = {"enum": sorted(connectors()), "title": "Connector"}
    source["allOf"] = conditions
    written: dict[str, Any] = _in_written_form({"$schema": _DRAFT, **schema, "definitions": definitions})
    return written


def _settings_of_connectors() -> Iterator[tuple[str, type[Settings]]]:
    for name, load in connectors().items():
        yield name, load().Settings


def _is_plain(settings: type[BaseModel]) -> bool:
    """Whether what is written is what is read; settings that are rearranged first may be written otherwise too."""
    validators = settings.__pydantic_decorators__.model_validators.values()
    return not any(validator.info.mode == "before" for validator in validators)


def _of_connector(connector: str, settings: dict[str, Any], is_plain: bool) -> dict[str, Any]:
    """What a source of this connector may say of itself."""
    of_settings = {"properties": settings.get("properties", {})}
    if is_plain and settings.get("required"):
        of_settings["required"] = settings["required"]
    return {"if": {"properties": {"connector": {"const": connector}}}, "then": of_settings}


def _in_written_form(part: Any) -> Any:
    """A schema of what is read as one of what is written: a single text for a list of texts, a number for a text, and
    references within draft 7."""
    if isinstance(part, list):
        return [_in_written_form(item) for item in part]
    if not isinstance(part, dict):
        return part
    whole = {name: _in_written_form(value) for name, value in part.items() if name not in ("default", "prefixItems")}
    if isinstance(whole.get("$ref"), str):
        whole["$ref"] = whole["$ref"].replace("#/$defs/", "#/definitions/")
    if whole.get("type") == "array" and _of_texts(whole.get("items")):
        return {"anyOf": [whole, {"type": ["string", "number", "boolean"]}]}
    return whole


def _of_texts(items: Any) -> bool:
    return isinstance(items, dict) and (items.get("type") == "string" or "enum" in items)
