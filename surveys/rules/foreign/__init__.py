"""Surveys of other tools, and files of our own, read into definitions: ``carry`` tells what came along and what not.

Every importer is forgiving about details and strict about files: what has no counterpart here is named in a
note, what is broken raises UnreadableFileError, and nothing is stored by anything in this package.
"""

from core.sentences import N_, said
from surveys.rules.foreign import formbricks, lss, own, surveyjs, xlsform
from surveys.rules.foreign.reading import MOST_BYTES, json_of
from surveys.rules.foreign.report import SENTENCES, Carried, Note, UnreadableFileError

__all__ = ["MOST_BYTES", "SENTENCES", "Carried", "Note", "UnreadableFileError", "carry"]


def carry(name: str, data: bytes) -> Carried:
    """Return the survey in a file called ``name``; what kind of file it is says its content, not its name.

    Raises UnreadableFileError, whose message is for the person who chose the file.
    """
    if not data.strip():
        raise UnreadableFileError(said(N_("文件是空的")))
    if len(data) > MOST_BYTES:
        raise UnreadableFileError(said(N_("文件超过 %(n)s MB，无法读取"), n=MOST_BYTES // 1024 // 1024))
    if data.startswith(b"PK"):
        return xlsform.carry(name, data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFileError(said(N_("旧版 .xls 文件读不了，请在 Excel 里另存为 .xlsx")))
    beginning = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if beginning == b"<" or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return lss.carry(name, data)
    if beginning in {b"{", b"["}:
        return _json(name, data)
    raise UnreadableFileError(
        said(
            N_(
                "认不出这种文件；可以导入本系统的问卷文件、LimeSurvey（.lss）、"
                "Formbricks 和 SurveyJS 的 JSON，以及 XLSForm（.xlsx）"
            )
        )
    )


def _json(name: str, data: bytes) -> Carried:
    found = json_of(data)
    if own.looks_like(found):
        return own.carry(found)
    if formbricks.looks_like(found):
        return formbricks.carry(name, found)
    if surveyjs.looks_like(found):
        return surveyjs.carry(name, found)
    raise UnreadableFileError(said(N_("这份 JSON 里没有认得出的问卷")))
