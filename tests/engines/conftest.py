"""The engines that a test compares, each in a folder of its own, with the reference beside it."""

import sys
from pathlib import Path

# the hard graphs are those of the tests of the algorithm, the golden cases those of the tests of the compiler
for folder in ("identity", "segments"):
    sys.path.append(str(Path(__file__).parents[1] / folder))
