"""Which encoding a text file is in: found by decoding it, not by guessing from its letters."""

import codecs
import re
from pathlib import Path

CHUNK = 1 << 20

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_STRANGE = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")

DAMAGED = 0.4
"""Share of undecodable bytes, of those beyond ASCII, up to which a file counts as UTF-8 with damaged rows. Of
GB18030 text read as UTF-8 more than four fifths are undecodable; the other way round the text decodes as
nonsense without an error, so UTF-8 is asked first."""


def of_file(path: Path) -> str:
    """Return the name of the codec that reads the file: by its mark, else UTF-8, else GB18030.

    Reads the file through once, a piece at a time. Whoever decodes it must still expect damaged places.
    """
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return name
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        strange = beyond = 0
        while piece := file.read(CHUNK):
            beyond += 0 if piece.isascii() else len(_BEYOND_ASCII.findall(piece))
            text = decoder.decode(piece)
            # Only text that does not encode again has undecodable places worth counting.
            try:
                text.encode()
            except UnicodeEncodeError:
                strange += len(_STRANGE.findall(text))
        strange += len(_STRANGE.findall(decoder.decode(b"", final=True)))
    return "utf-8" if strange <= beyond * DAMAGED else "gb18030"
