"""Pages on people and places: login, one's own account, staff, regions, API keys, working calendar."""

from grid.views import account, calendar, keys, login, regions, staff
from grid.views.base import bp

__all__ = ["account", "bp", "calendar", "keys", "login", "regions", "staff"]
