"""QR codes of our own addresses, as drawings and as pictures."""

import io

import segno

# Four modules of quiet zone are what ISO/IEC 18004 asks for; scanners in WeChat fail with less on dark posters.
QUIET_ZONE = 4

# 15 % may be scratched or covered; more would make the modules of a long address too small to print on a card.
CORRECTION = "m"


def svg(address: str, *, title: str | None = None) -> str:
    """Return the code as an SVG document that scales to any size; ``title`` is read to those who do not see it."""
    drawing = io.BytesIO()
    _code(address).save(
        drawing,
        kind="svg",
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=True,
        omitsize=True,
        title=title,
        nl=False,
    )
    return drawing.getvalue().decode()


def png(address: str, *, pixels: int = 1000) -> bytes:
    """Return the code as a PNG of at least ``pixels`` a side: sharp on an A4 poster at 10 cm and 254 dpi."""
    code = _code(address)
    picture = io.BytesIO()
    scale = -(-pixels // code.symbol_size(border=QUIET_ZONE)[0])
    code.save(picture, kind="png", border=QUIET_ZONE, scale=scale, dark="#000", light="#fff")
    return picture.getvalue()


def _code(address: str) -> segno.QRCode:
    return segno.make(address, error=CORRECTION, boost_error=True, micro=False)
