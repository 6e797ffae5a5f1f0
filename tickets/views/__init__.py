"""The pages of tickets: the day's work, one ticket, what can be done to it, and the customer whose it is."""

from tickets.views import acting, customers, queue, several
from tickets.views.base import bp

__all__ = ["acting", "bp", "customers", "queue", "several"]
