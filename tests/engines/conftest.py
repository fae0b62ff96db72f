"""The engines that a test compares, each in a folder of its own, with the reference beside it."""

import sys
from pathlib import Path

# the hard graphs are those of the tests of the algorithm
sys.path.append(str(Path(__file__).parents[1] / "identity"))
