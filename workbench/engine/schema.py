"""The JSON schema of session.toml."""

import json

import msgspec

from workbench.model.session import Session


def session_schema() -> str:
    """Return the schema as indented JSON."""
    return json.dumps(msgspec.json.schema(Session), indent=2, ensure_ascii=False)
