"""What an import found, kept inside the form of its report until somebody says to make the survey of it.

Nothing is stored before that, so the page itself carries the survey and its notes, compressed. Whoever sends the
form back may have changed it; it is read like any file from outside.
"""

import base64
import binascii
import json
import zlib

from core.sentences import N_, said
from surveys.rules.foreign import own
from surveys.rules.foreign.report import Carried, Note, UnreadableFileError, What

MOST_PACKED = 7 * 1024 * 1024
"""Characters of the largest survey that is taken back; what a file of the allowed size becomes is far below."""
_MOST_UNPACKED = 12 * 1024 * 1024


def pack(carried: Carried) -> str:
    """Return what was carried as characters for a field of a form."""
    notes = [[note.element, note.title, note.what, note.code, dict(note.values)] for note in carried.notes]
    shape = {
        "file": json.loads(own.dump(carried.definition, name=carried.name)),
        "format": carried.format,
        "questions": carried.questions,
        "notes": notes,
    }
    return base64.b64encode(zlib.compress(json.dumps(shape, ensure_ascii=False).encode(), 6)).decode()


def unpack(packed: str) -> Carried:
    """Return what was packed; raise UnreadableFileError for anything else."""
    if len(packed) > MOST_PACKED:
        raise UnreadableFileError(said(N_("导入的内容过大，请重新选择文件")))
    try:
        opened = zlib.decompressobj()
        data = opened.decompress(base64.b64decode(packed, validate=True), _MOST_UNPACKED)
        shape = json.loads(data) if opened.eof else None
        if not isinstance(shape, dict):
            raise UnreadableFileError(said(N_("导入的内容不完整，请重新选择文件")))
        file = own.load(shape.get("file"))
        notes = tuple(_note(*one) for one in shape["notes"])
        return Carried(file.definition, str(shape["format"]), file.name, int(shape["questions"]), notes)
    except (
        binascii.Error,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise UnreadableFileError(said(N_("导入的内容不完整，请重新选择文件"))) from error


def _note(element: str, title: str, what: What, code: str, values: dict[str, str]) -> Note:
    note = Note(str(element), str(title), what, code, {str(key): str(value) for key, value in values.items()})
    if what not in {"changed", "left_out"} or not note.sentence:
        raise ValueError(code)
    return note
