"""The pages of tickets: the day's work, one ticket, and what can be done to it."""

from tickets.views import acting, queue
from tickets.views.base import bp

__all__ = ["acting", "bp", "queue"]
