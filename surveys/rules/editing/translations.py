"""Which translations no longer say what their original says, because it was changed after them.

What is out of date stands in the draft itself (``outdated``): by language and path of the text, with the original
that the translation was made from. So it goes wherever the definition goes: into versions, files and copies.
"""

from collections.abc import Iterable

from surveys.rules.editing.places import Document, Edit, Place, copy_of, main_language
from surveys.rules.editing.wording import texts

Outdated = dict[str, dict[str, str]]


def with_outdated(before: Document, after: Document) -> Document:
    """Return a draft with what is out of date in it after it was changed from ``before`` to ``after``.

    A translation goes out of date when its original changes and it does not, and is current again when it is
    written anew, or when its original says again what it was made from. A copy of a question keeps what is out of
    date in it.
    """
    original = main_language(after)
    then = {path: holder[key] for path, _place, holder, key in texts(before)}
    marks: Outdated = before.get("outdated") or {}
    wanted: Outdated = after.get("outdated") or {}
    # Whoever copies an element copies its translations, and with them what is out of date in them.
    carried = {
        (language, then[path].get(original), then[path].get(language)): made_from
        for language, paths in marks.items()
        for path, made_from in paths.items()
        if path in then
    }
    found: Outdated = {}
    for path, _place, holder, key in texts(after):
        now, former = holder[key], then.get(path)
        for language, words in now.items():
            if language == original or original not in now:
                continue
            if former is None:
                made_from = wanted.get(language, {}).get(path) or carried.get(
                    (language, now[original], words)
                )
            elif words != former.get(language):
                made_from = None
            elif now[original] != former.get(original):
                made_from = wanted.get(language, {}).get(path) or former.get(original)
            else:
                made_from = wanted.get(language, {}).get(path)
            if made_from and made_from != now[original]:
                found.setdefault(language, {})[path] = made_from
    changed = {key: value for key, value in after.items() if key != "outdated"}
    return {**changed, "outdated": found} if found else changed


def confirmed(document: Document, language: str, paths: Iterable[str]) -> Edit:
    """Let translations stand that still fit although their original was changed."""
    changed = copy_of(document)
    marks: Outdated = changed.get("outdated") or {}
    for path in paths:
        marks.get(language, {}).pop(path, None)
    return Edit(changed, Place("survey"))
