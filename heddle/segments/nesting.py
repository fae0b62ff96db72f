"""Segments that read segments: unknown names, cycles, and chains that are too deep."""

from collections.abc import Iterable, Mapping

from heddle.segments.advice import nested_words
from heddle.segments.fault import Finding, did_you_mean, shown
from heddle.segments.segment import Segment

MAX_DEPTH = 3


def check_nesting(segments: Mapping[str, Segment], known: Iterable[str]) -> dict[str, list[Finding]]:
    """Findings by segment name. `known` also holds the names of segments whose file has faults."""
    names = set(known)
    reads = {name: [word for _, word in nested_words(segment)] for name, segment in segments.items()}
    return {name: _findings(name, segment, reads, names) for name, segment in segments.items()}


def _findings(name: str, segment: Segment, reads: Mapping[str, list[str]], names: set[str]) -> list[Finding]:
    found = []
    for path, word in nested_words(segment):
        if word not in names:
            hint = did_you_mean(word, names - {name})
            found.append(Finding(path, f"unknown segment {shown(word)}", hint))
            continue
        chain = _longest_or_cycle([name, word], reads)
        if chain[-1] in chain[:-1]:
            found.append(Finding(path, f"a cycle: {' -> '.join(chain)}", "a segment cannot read itself"))
        elif len(chain) - 1 > MAX_DEPTH:
            what = f"nested {len(chain) - 1} deep, at most {MAX_DEPTH}: {' -> '.join(chain)}"
            found.append(Finding(path, what, "write the inner rules here instead"))
    return found


def _longest_or_cycle(chain: list[str], reads: Mapping[str, list[str]]) -> list[str]:
    """The first chain that comes back to itself, else the longest one; never longer than it must be known."""
    if chain[-1] in chain[:-1]:
        return chain
    longest = chain
    if len(chain) > MAX_DEPTH + 1:
        return _cycle(chain, reads) or chain
    for word in reads.get(chain[-1], []):
        candidate = _longest_or_cycle([*chain, word], reads)
        if candidate[-1] in candidate[:-1]:
            return candidate
        longest = max(longest, candidate, key=len)
    return longest


def _cycle(chain: list[str], reads: Mapping[str, list[str]]) -> list[str] | None:
    """The way from the end of the chain back into it, if there is one (each segment is visited once)."""
    seen, pending = set(chain[1:]), [chain]
    while pending:
        way = pending.pop()
        for word in reads.get(way[-1], []):
            if word in way:
                return [*way[way.index(word) :], word]
            if word not in seen:
                seen.add(word)
                pending.append([*way, word])
    return None
