"""The customer's pages: answer by a link, say thank you, stop being asked."""

from surveys.public import assets, personal
from surveys.public import open as open_links
from surveys.public.base import bp

__all__ = ["assets", "bp", "open_links", "personal"]
