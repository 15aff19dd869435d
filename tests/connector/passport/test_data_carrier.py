"""QR codes: what was drawn is read back by another library, damage within the level is survived, junk is refused."""

import random
import struct
import zlib
from xml.etree import ElementTree

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from connector.notation.problems import Invalid, TooLarge
from connector.passport.carrier import decode, qr_matrix, qr_matrix_png, qr_svg, qr_terminal
from connector.passport.identifiers import new_unit_id, unit_url
from connector.passport.png import SIGNATURE, read_png

URL = unit_url("http://localhost:8101", new_unit_id(b"0123456789"))


@given(st.binary(min_size=10, max_size=10))
def test_matrix_round_trip(seed: bytes) -> None:
    url = unit_url("https://p.ionport.example", new_unit_id(seed))
    assert decode(qr_matrix(url)) == url


@pytest.mark.parametrize("scale", [1, 2, 3, 8])
def test_png_round_trip(scale: int) -> None:
    assert decode(qr_matrix_png(URL, scale)) == URL


def test_level_and_quiet_zone() -> None:
    matrix = qr_matrix(URL)
    assert not any(any(row) for row in matrix[:4] + matrix[-4:])
    assert all(not any(row[:4] + row[-4:]) for row in matrix)
    assert any(matrix[4])
    assert segno.make_qr(URL, error="q", boost_error=False).error == "Q"


def test_a_tenth_of_the_modules_lost_outside_the_patterns_is_survived() -> None:
    matrix = [list(row) for row in qr_matrix(URL)]
    size = len(matrix)
    block = [(y, x) for y in range(size - 4 - 9, size - 4 - 2) for x in range(16, 23)]
    for y, x in random.Random(7).sample(block, 30):
        matrix[y][x] ^= 1
    assert decode(matrix) == URL


def test_svg_is_one_element_that_scales_and_names_nothing_foreign() -> None:
    root = ElementTree.fromstring(qr_svg(URL))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib
    assert {child.tag.rpartition("}")[2] for child in root} == {"path"}


def test_terminal_lines_hold_the_same_modules() -> None:
    light, dark = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}, qr_matrix(URL)
    rows: list[tuple[int, ...]] = []
    for line in qr_terminal(URL).rstrip("\n").split("\n"):
        pairs = [light[letter] for letter in line]
        rows += [tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)]
    assert tuple(rows[: len(dark)]) == dark


@pytest.mark.parametrize(
    "draw", [qr_svg, qr_terminal, qr_matrix_png, qr_matrix], ids=["svg", "terminal", "png", "matrix"]
)
@pytest.mark.parametrize("url", ["https://p.example/unit?id=1", "javascript:alert(1)", "", URL[:-1] + "!"])
def test_only_urls_of_units_are_drawn(draw: object, url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        draw(url)  # type: ignore[operator]
    assert refusal.value.code in ("passport/unit-url", "passport/unit-id")


@pytest.mark.parametrize("scale", [0, -1, 65])
def test_scales_out_of_range_are_refused(scale: int) -> None:
    with pytest.raises(Invalid) as refusal:
        qr_matrix_png(URL, scale)
    assert refusal.value.code == "passport/qr-scale"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, lines: bytes, *, depth: int = 8, colour: int = 0, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def test_every_row_filter_is_undone() -> None:
    lines = b"\x00\x0a\x14\x1e" + b"\x01\x05\x05\x05" + b"\x02\x01\x01\x01" + b"\x03\x01\x01\x01" + b"\x04\x01\x01\x01"
    assert read_png(png(3, 5, lines)) == (
        3,
        5,
        bytes([10, 20, 30, 5, 10, 15, 6, 11, 16, 4, 8, 13, 5, 9, 14]),
    )


def test_palette_and_small_depths_are_read() -> None:
    assert read_png(png(2, 1, b"\x00\x40", depth=1)) == (2, 1, b"\x00\xff")
    palette = chunk(b"PLTE", b"\x00\x00\x00\xff\xff\xff")
    assert read_png(png(2, 1, b"\x00\x80", depth=1, colour=3, extra=palette)) == (2, 1, b"\xff\x00")


DRAWN = qr_matrix_png(URL, 2)


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"", "passport/image"),
        (b"GIF89a", "passport/image"),
        (SIGNATURE, "passport/image"),
        (DRAWN[:-30], "passport/image"),
        (DRAWN[:60] + bytes([DRAWN[60] ^ 1]) + DRAWN[61:], "passport/image"),
        (png(3, 5, b"\x00\x00\x00\x00"), "passport/image"),
        (png(1, 1, b"\x05\x00"), "passport/image"),
        (png(0, 0, b""), "passport/image"),
        (png(1, 1, b"\x00\x00", depth=1, colour=3), "passport/image"),
        (png(1, 1, b"\x00" * 4, colour=2), "passport/image"),
        (png(100_000, 100_000, b""), "passport/image-size"),
        (png(50, 50, (b"\x00" + b"\xff" * 50) * 50), "passport/qr-unreadable"),
        ([], "passport/image"),
        ([[1, 0], [1]], "passport/image"),
        ([[0] * 40] * 40, "passport/qr-unreadable"),
    ],
)
def test_images_without_a_readable_code_are_refused(image: object, code: str) -> None:
    with pytest.raises((Invalid, TooLarge)) as refusal:
        decode(image)  # type: ignore[arg-type]
    assert refusal.value.code == code


@given(st.binary(max_size=200), st.integers(0, 60))
def test_bytes_from_strangers_never_crash_the_reader(junk: bytes, kept: int) -> None:
    with pytest.raises((Invalid, TooLarge)):
        read_png(SIGNATURE + DRAWN[8 : 8 + kept] + junk)
