"""A part: the people that are generated, held in memory and written together."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from heddle.demo.catalogue import Catalogue

PEOPLE_PER_PART = 25_000


@dataclass(frozen=True)
class Part:
    """People `first` .. `first + size - 1` of the company; every step draws from a generator of its own."""

    seed: int
    number: int
    first: int
    size: int
    as_of: int
    catalogue: Catalogue

    def rng(self, step: str) -> np.random.Generator:
        """The random numbers of one step; they do not depend on the other steps or parts."""
        return np.random.default_rng([self.seed, self.number, zlib.crc32(step.encode())])

    @property
    def suffix(self) -> str:
        """The part's place in a file name."""
        return f"-{self.number:03d}"


def parts(people: int, seed: int, as_of: int, catalogue: Catalogue) -> Iterator[Part]:
    """All parts, in order."""
    for number, first in enumerate(range(0, people, PEOPLE_PER_PART)):
        yield Part(seed, number, first, min(PEOPLE_PER_PART, people - first), as_of, catalogue)
