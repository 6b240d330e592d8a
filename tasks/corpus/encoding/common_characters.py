"""How much a decoded text looks like Chinese: the score that tells GB18030, Big5 and UTF-16 apart.

Wrongly decoded bytes give valid but rare characters. Each character scores by how common it is: +3 for
the few hundred that make up half of all running text, +2 for Chinese punctuation, +1 for the everyday
characters (level 1 of GB 2312 and of Big5), -3 for anything else; the score of a text is the mean.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FREQUENT = (
    "的人一了不在有是来和道大上他行国会个中为十以下业当定这市我时得年法第到说地公条民应子出去里理三政门事要日部"
    "二用家本管那者作自关都规等务军发建进主生后经你将对只见工王与便之员前小相们过新武动可着同五设两于区开任成位"
    "也方就官处面起好分其实高又提多制代正把世四机合文天长议委表全如或所明江府头保使能产内酒报展安月服并入书化太"
    "做通此名回心各却立重从看物向而及信知职平山现加施共因学常元资州路教城体没打金由何力"
    "並來個們內兩動務區卻員國報學實將對後從應於時書會條業機沒爲為現產當發經職與處裏裡見規設說議資軍這進過長門開關頭體"
)
PUNCTUATION = "，。、；：？！“”‘’（）《》〈〉【】「」『』—…·\u3000"
RARE, ASCII = -3, 2


@lru_cache(maxsize=1)
def _weights() -> NDArray[np.int8]:
    """Return the score of every code point of the first plane, `(65536,)`."""
    gb2312 = bytes(b for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for b in (row, cell))
    big5 = bytes(
        b
        for row in range(0xA4, 0xC7)
        for cell in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
        if (row, cell) <= (0xC6, 0x7E)
        for b in (row, cell)
    )
    weights = np.full(0x10000, RARE, np.int8)
    for characters, weight in (
        (gb2312.decode("gb2312", "ignore") + big5.decode("big5", "ignore"), 1),
        (PUNCTUATION, 2),
        (FREQUENT, 3),
    ):
        weights[[ord(c) for c in characters]] = weight
    weights[0xFF01:0xFF5F] = 2
    return weights


def score(text: str, *, count_ascii: bool = False) -> tuple[float, int]:
    """Return the mean score of the characters of `text` and their number; ASCII counts only when asked."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    ascii_codes = codes < 0x80
    wide = codes[~ascii_codes]
    total = int(_weights()[np.minimum(wide, 0xFFFF)].sum(dtype=np.int64))
    number = len(wide)
    if count_ascii:
        readable = ascii_codes & (
            (codes >= 0x20) & (codes < 0x7F) | (codes == 9) | (codes == 10) | (codes == 13)
        )
        total += ASCII * int(readable.sum()) + RARE * int((ascii_codes & ~readable).sum())
        number = len(codes)
    return total / max(number, 1), number
