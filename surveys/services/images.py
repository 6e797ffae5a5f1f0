"""Pictures of surveys: logos and pictures of options, looked at before they are kept.

What a file is, its first bytes say, never its name; its size in pixels is read from the header, so nothing is
decoded here. SVG is refused: it is a document that can hold scripts.
"""

import secrets
import struct
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInputError
from core.sentences import N_, said
from surveys.models import Survey, SurveyImage

MOST_BYTES = 500 * 1024
MOST_PIXELS = 4096
MOST_IMAGES = 200

_JPEG_SIZES = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})


class UnfitImageError(InvalidInputError):
    """The file cannot be a picture of a survey; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What the header of a picture says: its media type and its size in pixels."""

    media_type: str
    width: int
    height: int


def look(data: bytes) -> Picture:
    """Return what a picture is; raise UnfitImageError for whatever is no PNG, JPEG or WebP."""
    try:
        found = _png(data) or _jpeg(data) or _webp(data)
    except (struct.error, IndexError):
        found = None  # cut off in the middle of its header
    if found is None:
        raise UnfitImageError(said(N_("只能上传 PNG、JPEG 或 WebP 图片")))
    if not (0 < found.width <= MOST_PIXELS and 0 < found.height <= MOST_PIXELS):
        raise UnfitImageError(said(N_("图片的宽和高最多 %(n)s 像素"), n=MOST_PIXELS))
    return found


def keep(session: Session, *, survey_id: int, data: bytes) -> SurveyImage:
    """Store a picture for a survey and return its row; its token is its address.

    Raises UnfitImageError for files that are no picture, too large or too many.
    """
    if not data:
        raise UnfitImageError(said(N_("请选择一张图片")))
    if len(data) > MOST_BYTES:
        most, size = MOST_BYTES // 1024, -(-len(data) // 1024)
        raise UnfitImageError(said(N_("图片最大 %(most)s KB，这张有 %(n)s KB"), most=most, n=size))
    picture = look(data)
    # One upload after the other, so that parallel ones cannot pass the limit together.
    session.execute(select(Survey.id).where(Survey.id == survey_id).with_for_update()).one()
    kept = session.scalar(select(func.count(SurveyImage.id)).where(SurveyImage.survey_id == survey_id))
    if (kept or 0) >= MOST_IMAGES:
        raise UnfitImageError(said(N_("一份问卷最多 %(n)s 张图片"), n=MOST_IMAGES))
    image = SurveyImage(
        token=secrets.token_hex(16),
        survey_id=survey_id,
        media_type=picture.media_type,
        data=data,
        width=picture.width,
        height=picture.height,
        created_at=clock.now(),
    )
    session.add(image)
    session.flush()  # the token must be taken before a definition names it
    return image


def called(filename: str) -> str:
    """Return the words a picture can be called by until its author says better ones: its name without ending."""
    stem = filename.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    return "".join(letter for letter in stem if letter.isprintable()).strip()[:60] or "图片"


def _png(data: bytes) -> Picture | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return Picture("image/png", width, height)


def _jpeg(data: bytes) -> Picture | None:
    """Walk the segments to the frame header, which holds the size (ITU-T T.81, B.2.2)."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    place = 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            place += 1
            continue
        (length,) = struct.unpack(">H", data[place + 2 : place + 4])
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return Picture("image/jpeg", width, height)
        place += 2 + length
    return None


def _webp(data: bytes) -> Picture | None:
    """Read the size from the first chunk: lossy, lossless or extended (RFC 9649)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    chunk = data[12:16]
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)
    if chunk == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack("<I", data[21:25])
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        return Picture("image/webp", width, height)
    return None
