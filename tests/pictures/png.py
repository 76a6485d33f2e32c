"""Pictures of pages kept small: few colours, each a byte. Pure."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Mapping

COLOURS = 64
"""What text at half its size needs: the plain colours of a page, and the shades at the edges of its letters."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FURTHEST = 3 * 256**2  # more than lies between any two colours
_INDEXED = 3  # the type of a picture whose pixels are numbers of a palette


def shrunk(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG. pixels: red, green, blue, alpha of each, row by row; alpha is left out, a page has none."""
    colours = memoryview(pixels).cast("I")
    assert len(colours) == width * height
    palette, number = _palette(Counter(colours))
    numbered = bytes(map(number.__getitem__, colours))
    rows = b"".join(b"\0" + numbered[start : start + width] for start in range(0, len(numbered), width))
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(bytes(_parts(colour)) for colour in palette)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels."""
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def _palette(counts: Mapping[int, int]) -> tuple[list[int], dict[int, int]]:
    """(colours of the picture itself, the number of the nearest of them for each colour there is).

    Added one by one is whatever is shown worst by those before it: a colour that many pixels have, and one of a thin
    line that is like no other.
    """
    parts = {colour: _parts(colour) for colour in counts}
    palette: list[int] = []
    number, far = dict.fromkeys(counts, 0), dict.fromkeys(counts, _FURTHEST)
    while len(palette) < min(COLOURS, len(counts)):
        worst = max(counts, key=lambda colour: (counts[colour] * far[colour], colour))
        red, green, blue = parts[worst]
        for colour, (r, g, b) in parts.items():
            distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
            if distance < far[colour]:
                far[colour], number[colour] = distance, len(palette)
        palette.append(worst)
    return palette, number


def _parts(colour: int) -> tuple[int, int, int]:
    """Red, green, blue, as they lie in memory."""
    red, green, blue, _ = struct.pack("=I", colour)
    return red, green, blue


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
