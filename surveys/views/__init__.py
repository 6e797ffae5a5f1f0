"""The staff's pages of asking: the catalogue, versions, rules."""

from surveys.views import (
    catalogue,
    creating,
    editor,
    files,
    links,
    notices,
    quotas,
    results,
    results_files,
    review,
    rules,
    suspects,
    transfer,
    versions,
)
from surveys.views.base import bp

__all__ = [
    "bp",
    "catalogue",
    "creating",
    "editor",
    "files",
    "links",
    "notices",
    "quotas",
    "results",
    "results_files",
    "review",
    "rules",
    "suspects",
    "transfer",
    "versions",
]
