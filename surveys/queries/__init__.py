"""Reads of surveys, rules, invitations and responses."""

from surveys.queries.answering import definition, kept, personal_link
from surveys.queries.asking import (
    CatalogueRow,
    ask_rules,
    catalogue,
    names_of_versions,
    published_version_id,
    rules_of,
    surveys_to_send,
    visible_to,
)

__all__ = [
    "CatalogueRow",
    "ask_rules",
    "catalogue",
    "definition",
    "kept",
    "names_of_versions",
    "personal_link",
    "published_version_id",
    "rules_of",
    "surveys_to_send",
    "visible_to",
]
