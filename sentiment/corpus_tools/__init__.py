"""Looking at many texts at once: what is new, what repeats, what is typical, what tells two sets apart.

Every tool takes plain texts and answers within seconds for a hundred thousand of them.
"""

from __future__ import annotations

from sentiment.corpus_tools.copies import near_duplicates
from sentiment.corpus_tools.terms import Term, contrast_words, emerging_terms
from sentiment.corpus_tools.typical import representative_sentences

__all__ = ["Term", "contrast_words", "emerging_terms", "near_duplicates", "representative_sentences"]
