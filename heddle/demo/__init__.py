"""The demo company: raw files as real systems export them, and the truth about them. Knows nothing of the pipeline."""

from heddle.demo.generate import DemoSummary, generate, truth_folder
from heddle.demo.times import DEFAULT_AS_OF

__all__ = ["DEFAULT_AS_OF", "DemoSummary", "generate", "truth_folder"]
