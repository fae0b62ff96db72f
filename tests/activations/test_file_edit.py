"""What a run knows of the rows that a file held before it, in sorted parts: every key is met, and no other."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activations import file_edit
from activations.file_edit import Keys

KEYS = st.lists(st.integers(-50, 50).map(lambda n: (str(n),)), max_size=30)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(held=KEYS, asked=st.lists(KEYS, max_size=4))
def test_parts_know_what_was_put_into_them(
    monkeypatch: pytest.MonkeyPatch, held: list[tuple[str]], asked: list[list[tuple[str]]]
) -> None:
    monkeypatch.setattr(file_edit, "_PART", 7)
    keys = Keys()
    for place, key in enumerate(held):
        keys.add(key)
        for some in asked:
            assert keys.meet(set(some)) == bool(set(held[: place + 1]) & set(some))
