"""The hand-written world of tests/segments is the world of these tests too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "segments"))
