"""Makes pictures of a browser small enough for a repository: with a palette of 256 colours."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from typing import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        yield picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        at += 12 + length


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def lines(data: bytes, width: int, channels: int) -> Iterator[bytearray]:
    """The lines of a picture without their filters (section 9 of the PNG specification)."""
    length = width * channels
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + length])
        for at in range(length) if kind else ():
            left = line[at - channels] if at >= channels else 0
            corner = above[at - channels] if at >= channels else 0
            up = above[at]
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                _, _, guess = min(
                    (abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner)
                )
            line[at] = (line[at] + guess) & 255
        yield line
        above = line


def with_palette(picture: bytes) -> bytes:
    """The same picture in at most 256 colours; it must have 8 bits a channel, and no alpha that matters."""
    found = dict(chunks(picture))
    width, height, depth, kind = struct.unpack_from(">IIBB", found[b"IHDR"])
    if depth != 8 or kind not in (2, 6):
        raise ValueError(f"must be RGB or RGBA of 8 bits, not type {kind} of {depth} bits")
    channels = 3 if kind == 2 else 4
    data = zlib.decompress(b"".join(content for name, content in chunks(picture) if name == b"IDAT"))
    rows = [
        [bytes(line[at : at + 3]) for at in range(0, len(line), channels)] for line in lines(data, width, channels)
    ]
    palette: list[bytes] = []

    def distance(one: bytes, other: bytes) -> int:
        return sum((a - b) ** 2 for a, b in zip(one, other))

    # The shades at the edges of letters are many and alike, and must not displace the colour of a small area.
    for colour, _ in Counter(colour for row in rows for colour in row).most_common():
        if len(palette) < 24 or all(distance(colour, one) > 150 for one in palette[24:]):
            palette.append(colour)
        if len(palette) == 256:
            break
    index = {colour: at for at, colour in enumerate(palette)}

    def nearest(colour: bytes) -> int:
        if colour not in index:
            index[colour] = min(range(len(palette)), key=lambda at: distance(palette[at], colour))
        return index[colour]

    packed = b"".join(b"\0" + bytes(map(nearest, row)) for row in rows)
    return (
        SIGNATURE
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", b"".join(palette))
        + chunk(b"IDAT", zlib.compress(packed, 9))
        + chunk(b"IEND", b"")
    )
