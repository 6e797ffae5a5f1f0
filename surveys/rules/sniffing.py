"""What a file is, told from its content alone; what its sender calls it counts for nothing.

The list is short and closed: photos as phones take them, PDF, and the two office formats that hold no programs.
Anything else is refused, above all what a browser could run (HTML, SVG) and office files with macros. Signatures:
ITU-T T.81 (JPEG), ISO/IEC 15948 (PNG), RFC 9649 (WebP), ISO/IEC 23008-12 (HEIF), ISO 32000 (PDF), ECMA-376 (OOXML).
"""

import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

LONGEST_NAME = 80

# An office file has some dozens of parts; a list of thousands is an attack on whoever reads it.
MOST_PARTS = 2000


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file that is accepted: the group an author allows, its media type, its ending."""

    group: str
    media_type: str
    ending: str


JPEG = Format("images", "image/jpeg", ".jpg")
PNG = Format("images", "image/png", ".png")
WEBP = Format("images", "image/webp", ".webp")
HEIC = Format("images", "image/heic", ".heic")
PDF = Format("pdf", "application/pdf", ".pdf")
DOCX = Format("office", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx")
XLSX = Format("office", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")

FORMATS = (JPEG, PNG, WEBP, HEIC, PDF, DOCX, XLSX)

_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_MAIN_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}


def sniff(data: bytes) -> Format | None:
    """Return what ``data`` is, or None for everything that is not on the list."""
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    signs = {
        JPEG: data.startswith(b"\xff\xd8\xff"),
        PNG: data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR",
        WEBP: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
        HEIC: data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS,
        PDF: data.startswith((b"%PDF-1.", b"%PDF-2.")),
    }
    return next((known for known, shown in signs.items() if shown), None)


def _office(data: bytes) -> Format | None:
    """Look at the list of parts of a ZIP archive; nothing in it is unpacked."""
    if data.count(b"PK\x01\x02") > MOST_PARTS:
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in parts or any(part.lower().endswith("vbaproject.bin") for part in parts):
        return None
    return next((found for part, found in _MAIN_PARTS.items() if part in parts), None)


def clean_name(name: str, found: Format) -> str:
    """Return a name that is safe to show and to save under: no folders, no control or direction signs.

    The ending is that of the content, whatever the sender wrote: ``请看.exe`` with a photo in it becomes
    ``请看.jpg``.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in last if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    stem = PurePosixPath(plain.strip(" .")).stem.strip(" .")
    return (stem[:LONGEST_NAME] or "file") + found.ending
