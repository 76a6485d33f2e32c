"""Pictures of pages kept small: few colours, each a byte."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

COLOURS = 64
"""What text at half its size needs: the plain colours of a page, and the shades at the edges of its letters."""


def shrunk(shot: bytes) -> bytes:
    """The PNG with no more than these colours. Its transparency is left out: a page has none."""
    picture = Image.open(BytesIO(shot)).convert("RGB")
    # The colours that cover most of the range, each then moved to the middle of its pixels: a ground stays what it is.
    small = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    written = BytesIO()
    small.save(written, "PNG", optimize=True)
    return written.getvalue()
