"""Reading a PNG of one channel (greyscale or palette, not interlaced) into rows of bytes: what a code reader needs.

PNG (ISO/IEC 15948): signature, chunks, zlib stream, one filter byte before each row. Colour images are refused.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from connector.notation.problems import Invalid, TooLarge

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PIXEL_LIMIT: Final = 16_000_000
_GREY, _PALETTE = 0, 3
_DEPTHS: Final = (1, 2, 4, 8)


def read_png(raw: bytes) -> tuple[int, int, bytes]:
    """Width, height and one byte of luminance a pixel (0 black), row by row; Invalid `passport/image`, TooLarge."""
    if not raw.startswith(SIGNATURE):
        raise Invalid("passport/image", "the image is not a PNG")
    try:
        chunks = list(_chunks(raw))
        header = next(data for name, data in chunks if name == b"IHDR")
        width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
        _check(width, height, depth, colour, interlaced)
        shades = _shades(depth, colour, chunks)
        size = height * (1 + _row_bytes(width, depth))
        lines = zlib.decompressobj().decompress(b"".join(data for name, data in chunks if name == b"IDAT"), size)
    except (struct.error, zlib.error, StopIteration) as error:
        raise Invalid("passport/image", f"the PNG is damaged: {error!r}") from None
    if len(lines) != size:
        raise Invalid("passport/image", "the PNG ends before its last row")
    return width, height, b"".join(_pixels(row, width, depth, shades) for row in _rows(lines, _row_bytes(width, depth)))


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(raw):
        length, name = struct.unpack_from(">I4s", raw, at)
        data = raw[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", raw, at + 8 + length)
        if zlib.crc32(name + data) != checksum:
            raise zlib.error(f"checksum of {name!r}")
        yield name, data
        at += 12 + length


def _check(width: int, height: int, depth: int, colour: int, interlaced: int) -> None:
    if width * height > PIXEL_LIMIT:
        raise TooLarge("passport/image-size", f"the image has {width} x {height} pixels, {PIXEL_LIMIT} are allowed")
    if not width * height or colour not in (_GREY, _PALETTE) or depth not in _DEPTHS or interlaced:
        raise Invalid("passport/image", "the PNG must be greyscale or palette, up to 8 bits a pixel, not interlaced")


def _shades(depth: int, colour: int, chunks: list[tuple[bytes, bytes]]) -> list[int]:
    """Sample value -> luminance."""
    if colour == _GREY:
        top = (1 << depth) - 1
        return [sample * 255 // top for sample in range(top + 1)]
    palette = next(data for name, data in chunks if name == b"PLTE")
    shades = [sum(palette[at : at + 3]) // 3 for at in range(0, len(palette), 3)]
    return shades + [255] * ((1 << depth) - len(shades))


def _row_bytes(width: int, depth: int) -> int:
    return (width * depth + 7) // 8


def _rows(lines: bytes, length: int) -> Iterator[bytes]:
    """The rows with their filters undone (all five of ISO/IEC 15948, 9.2, for samples of up to one byte)."""
    above = bytes(length)
    for at in range(0, len(lines), length + 1):
        kind = lines[at]
        if kind > 4:
            raise Invalid("passport/image", f"the PNG names a row filter {kind} that does not exist")
        above = _unfiltered(kind, lines[at + 1 : at + 1 + length], above)
        yield above


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    if kind == 0:
        return row
    out = bytearray()
    for place, value in enumerate(row):
        left, corner = (out[-1], above[place - 1]) if place else (0, 0)
        up = above[place]
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        out.append((value + guess) & 255)
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    """The neighbour nearest to left + up - corner; earlier in this order where two are as near."""
    guess = left + up - corner
    return min((left, up, corner), key=lambda neighbour: abs(guess - neighbour))


def _pixels(row: bytes, width: int, depth: int, shades: list[int]) -> bytes:
    per_byte, mask = 8 // depth, (1 << depth) - 1
    samples = (row[x // per_byte] >> (8 - depth * (x % per_byte + 1)) & mask for x in range(width))
    return bytes(shades[sample] for sample in samples)
