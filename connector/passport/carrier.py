"""The data carrier: a QR code that holds the unit's URL and nothing else (Art. 13(6), Annex VI Part C).

Error correction level Q (a quarter of the code words may be lost), a quiet zone of four modules as ISO/IEC 18004 asks,
black on white. A code is read back by another library than the one that drew it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

from connector.notation.problems import Invalid
from connector.passport.identifiers import parse_unit_url
from connector.passport.png import read_png

LEVEL: Final = "q"
QUIET_ZONE: Final = 4
SCALES: Final = range(1, 65)
_MODULE_PIXELS = 4

Matrix = Sequence[Sequence[int]]


def _code(url: str) -> Any:
    import segno

    parse_unit_url(url)
    return segno.make_qr(url, error=LEVEL, boost_error=False)


def qr_svg(url: str) -> str:
    """An SVG element of `url` without fixed size, black on white; Invalid if `url` is not a unit's URL."""
    out = io.BytesIO()
    _code(url).save(
        out, kind="svg", border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return out.getvalue().decode()


def qr_terminal(url: str) -> str:
    """Lines of half-block characters for a terminal with a dark ground."""
    out = io.StringIO()
    _code(url).terminal(out=out, border=QUIET_ZONE, compact=True)
    return out.getvalue()


def qr_matrix_png(url: str, scale: int = 8) -> bytes:
    """A PNG with `scale` (1 to 64) pixels a module."""
    if scale not in SCALES:
        raise Invalid("passport/qr-scale", f"a module can have 1 to {SCALES[-1]} pixels, not {scale}")
    out = io.BytesIO()
    _code(url).save(out, kind="png", scale=scale, border=QUIET_ZONE)
    return out.getvalue()


def qr_matrix(url: str) -> tuple[tuple[int, ...], ...]:
    """The modules with quiet zone: 1 dark, 0 light."""
    return tuple(tuple(row) for row in _code(url).matrix_iter(border=QUIET_ZONE))


def decode(image: bytes | Matrix) -> str:
    """The text of the one QR code in a PNG or in a matrix of modules (1 dark, 0 light, quiet zone included).

    Raises Invalid `passport/image` where the image cannot be read, `passport/qr-unreadable` where it holds no code or
    more than one.
    """
    import zxingcpp

    width, height, pixels = read_png(image) if isinstance(image, bytes) else _drawn(image)
    view = memoryview(pixels).cast("B", shape=(height, width))
    codes = zxingcpp.read_barcodes(view, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    if len(codes) != 1:
        raise Invalid("passport/qr-unreadable", f"{len(codes)} QR codes can be read in the image, one is needed")
    return str(codes[0].text)


def _drawn(matrix: Matrix) -> tuple[int, int, bytes]:
    """The matrix as pixels."""
    width = len(matrix[0]) if matrix else 0
    if not width or any(len(row) != width for row in matrix):
        raise Invalid("passport/image", "the matrix needs rows of one length")
    rows = (b"".join(bytes([0 if module else 255]) * _MODULE_PIXELS for module in row) for row in matrix)
    pixels = b"".join(row * _MODULE_PIXELS for row in rows)
    return width * _MODULE_PIXELS, len(matrix) * _MODULE_PIXELS, pixels
