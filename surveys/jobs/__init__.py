"""What surveys do in the background."""

from surveys.jobs.asking import invite
from surveys.jobs.columns import seal_columns, verify_columns
from surveys.jobs.tidying import tidy_answering
from surveys.jobs.visitors import forget_visitors

__all__ = ["forget_visitors", "invite", "seal_columns", "tidy_answering", "verify_columns"]
