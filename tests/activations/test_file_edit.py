"""What a run knows of the rows of a file, in sorted parts: every key that was written is met, and no other."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activations import file_edit
from activations.file_edit import _meet, _merged

BATCHES = st.lists(st.lists(st.integers(-50, 50), max_size=8), max_size=12)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(batches=BATCHES, asked=st.lists(st.integers(-60, 60), max_size=5))
def test_parts_know_what_was_put_into_them(
    monkeypatch: pytest.MonkeyPatch, batches: list[list[int]], asked: list[int]
) -> None:
    monkeypatch.setattr(file_edit, "_LARGE", 10)
    parts: list[file_edit.Hashes] = []
    for batch in batches:
        parts = _merged([*parts, np.sort(np.array(batch, np.int64))])
    written = {key for batch in batches for key in batch}
    assert sum(map(len, parts)) == sum(map(len, batches)) and all(bool((np.diff(part) >= 0).all()) for part in parts)
    wanted = np.array(sorted(asked), np.int64)
    assert any(_meet(part, wanted) for part in parts) == bool(written & set(asked))
