"""A row of a window times a row of int16 elements, a pair of products at a time.

Elements lie in words of two.  Where a window begins at an even element, its taps 0 and
1, 2 and 3, … meet them in pairs; at an odd element tap 0 meets the upper half of a
word, and then 1 and 2, 3 and 4, ….
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_WORDS = 6
"""Words of weights for which there are registers."""
AT_ONCE = 4
"""Outputs that share the loads of weights and elements."""
ALIGNED = 2
"""Outputs after which the next window begins at a word again, whatever the stride."""

Pair = tuple[int, int | None]
"""The taps in the lower and the upper half of a word; nothing for a zero."""


@dataclass(frozen=True, slots=True)
class Product:
    """One instruction: a word of elements times a word of weights, into a sum."""

    mnemonic: str
    """``smlad``, or ``smlatb`` and ``smlabt`` for halves: the element's comes first."""
    output: int
    word: int
    pair: int


def pairs_of(taps: int, stride: int) -> tuple[Pair, ...]:
    """Return the words of weights that windows at all their places need.

    >>> pairs_of(3, 1), pairs_of(3, 2)
    (((0, 1), (1, 2)), ((0, 1), (2, None)))
    """
    even: list[Pair] = [(tap, tap + 1) for tap in range(0, taps - 1, 2)]
    if taps == 1 or (taps % 2 and stride % 2 == 0):
        even.append((taps - 1, None))
    if stride % 2 == 0:
        return tuple(even)
    return (*even, *((tap, tap + 1) for tap in range(1, taps - 1, 2)))


def products_of(taps: int, stride: int, outputs: int) -> tuple[Product, ...]:
    """Return the products of some neighbouring outputs, element by element."""
    pairs = pairs_of(taps, stride)
    found = [
        product
        for output in range(outputs)
        for product in _products(taps, output, output * stride, pairs)
    ]
    return tuple(sorted(found, key=lambda product: product.word))


def _products(
    taps: int, output: int, start: int, pairs: tuple[Pair, ...]
) -> list[Product]:
    found = []
    tap = 0
    while tap < taps:
        word, upper = divmod(start + tap, 2)
        if upper:
            pair = next(n for n, (low, _) in enumerate(pairs) if low == tap)
            found.append(Product("smlatb", output, word, pair))
            tap += 1
        elif (tap, tap + 1) in pairs or (tap, None) in pairs:
            pair = next(n for n, (low, _) in enumerate(pairs) if low == tap)
            found.append(Product("smlad", output, word, pair))
            tap += 2
        else:
            pair = next(n for n, (_, high) in enumerate(pairs) if high == tap)
            found.append(Product("smlabt", output, word, pair))
            tap += 1
    return found


@dataclass(frozen=True, slots=True)
class Load:
    """One instruction: a word, or two in neighbouring places, into registers."""

    registers: tuple[str, ...]
    base: str
    place: int
    """In bytes from the base."""

    @property
    def mnemonic(self) -> str:
        return "ldrd" if len(self.registers) == 2 else "ldr"


_FARTHEST_PAIR = 1020


def loads(names: tuple[str, ...], base: str, place: int) -> tuple[Load, ...]:
    """Load words that follow each other, two at a time as far as ``ldrd`` reaches."""
    found: list[Load] = []
    for n in range(0, len(names), 2):
        two, at = names[n : n + 2], place + 4 * n
        if len(two) == 2 and at > _FARTHEST_PAIR:
            found += [Load(two[:1], base, at), Load(two[1:], base, at + 4)]
        else:
            found.append(Load(two, base, at))
    return tuple(found)


def row_program(
    products: tuple[Product, ...], pairs: int, weights: int, row: int
) -> tuple[Load | Product, ...]:
    """Return a row's instructions: its weights, then two words of elements at a time.

    ``weights`` and ``row`` say where both begin, in bytes.
    """
    program: list[Load | Product] = [
        *loads(tuple(f"w{n}" for n in range(pairs)), "taps", weights)
    ]
    words = sorted({product.word for product in products})
    for n in range(0, words[-1] + 1, 2):
        wanted = [word for word in (n, n + 1) if word in words]
        if not wanted:
            continue
        names = tuple(f"x{word % 2}" for word in wanted)
        program += loads(names, "window", row + 4 * wanted[0])
        program += [product for product in products if product.word in wanted]
    return tuple(program)


_LONGEST = 90
"""Instructions of one statement: C99 has strings of at most 4095 characters."""


def statements_of(
    programs: Sequence[tuple[Load | Product, ...]],
) -> list[tuple[Load | Product, ...]]:
    """Put the programs of some rows together, as many as one statement may have."""
    statements: list[tuple[Load | Product, ...]] = [()]
    for program in programs:
        if statements[-1] and len(statements[-1]) + len(program) > _LONGEST:
            statements.append(())
        statements[-1] += program
    return statements
