"""Why somebody is in a segment or is not: every rule with its verdict and the fact behind it."""

from heddle.segments.explain.definition import Definition, definition
from heddle.segments.explain.explanation import Candidate, Explanation, Stay, explain_person
from heddle.segments.explain.verdict import Verdict

__all__ = ["Candidate", "Definition", "Explanation", "Stay", "Verdict", "definition", "explain_person"]
