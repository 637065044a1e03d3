"""Makes the schema of operator files and rule pages, and what that of settings says of rules, from their form."""

from __future__ import annotations

import json

from convlint.catalogue import form
from convlint.dialects import registry
from convlint.resources import resource_path
from convlint.schema.types import Schema
from convlint.selection.config_values import OWN_RULE


def rules_schema() -> Schema:
    """The schema of operator files; the definition `page` is that of the front matter of rule pages."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:convlint:schema:rules:1",
        "title": "A file of operator declarations for convlint",
        "description": "A file of rules/operators: one key a family. The definition `page` describes the front matter "
        "of a rule page.",
        "type": "object",
        **form.OPERATOR_FILE.schema,
        "definitions": {name: takes.schema for name, takes in form.SHARED.items()},
    }


def config_schema() -> Schema:
    """The schema of settings files: written by hand in the file itself, but for formats and the tables of rules."""
    with open(resource_path("schemas", "config.schema.json"), encoding="utf-8") as file:
        current: Schema = json.load(file)
    generated = {"rule": OWN_RULE.schema, "fix": form.SHARED["fix"].schema}
    properties = current["properties"]
    dialect = {**properties["dialect"], "enum": list(registry.names())}
    return {
        **current,
        "properties": {**properties, "dialect": dialect},
        "definitions": {**current["definitions"], **generated},
    }
