"""The survey editor: an outline, the form of one element, the phone beside it."""

from surveys.views.editor import arranging, conditions, languages, parts, preview, questions

__all__ = ["arranging", "conditions", "languages", "parts", "preview", "questions"]
