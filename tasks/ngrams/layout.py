"""Packing of the windows of K characters of a text into keys to sort.

A window is an integer of up to 64 + 18 bits: its units, the first in the highest bits, then one bit that is set
if the window begins a context. The top bits of the first unit choose a bucket; the low 64 bits are the key that is
sorted there. All bits of the other units are in the key.
"""

from dataclasses import dataclass

from tasks.ngrams.alphabet import Spelling

BUCKET_BITS = 18


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Windows of `depth` characters in `units` wide units, of which the last two may overlap.

    With `tail` the last character is a unit of its own. `length` is the length of the text.
    """

    depth: int
    length: int
    wide: Spelling
    single: Spelling
    units: int
    tail: bool
    flag: bool

    @property
    def bits(self) -> int:
        """Bits of the packed window."""
        return self.units * self.wide.bits + self.tail * self.single.bits + self.flag

    @property
    def bucket_bits(self) -> int:
        """Top bits of the first unit, and so of the window, that choose the bucket."""
        return max(self.bits - 64, min(self.wide.bits, 12, max(1, self.length).bit_length() // 2))

    @property
    def bucket_shift(self) -> int:
        """Bits of the first unit below those that choose the bucket."""
        return self.wide.bits - self.bucket_bits

    @property
    def fits(self) -> bool:
        """Whether the bits that the bucket does not hold fit the key."""
        return self.bits - 64 <= min(self.wide.bits, BUCKET_BITS)

    def offset(self, unit: int) -> int:
        """Return the first character of a wide unit in the window."""
        return min(unit * self.wide.width, self.depth - self.wide.width)

    def shift(self, unit: int) -> int:
        """Return the bits of the window below a wide unit."""
        return (self.units - 1 - unit) * self.wide.bits + self.tail * self.single.bits + self.flag


def layout(depth: int, length: int, wide: Spelling, single: Spelling, *, flag: bool = True) -> Layout:
    """Cover `depth` characters with units, which must not be wider."""
    rest = depth % wide.width
    tail = rest == 1 and wide.width > 1
    units = depth // wide.width + (rest > 1)
    return Layout(depth=depth, length=length, wide=wide, single=single, units=units, tail=tail, flag=flag)
