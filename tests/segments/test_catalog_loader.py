"""What the catalog refuses of the data team's own files: named, with the file and what to do."""

from pathlib import Path

import pytest

from heddle.errors import SegmentError
from heddle.segments import load_catalog

MODELS = """models:
  - name: profile_events
  - name: profiles
    columns:
      - name: email
        data_type: varchar
        config: {{meta: {meta}}}
"""


@pytest.mark.parametrize(
    "meta", ["{pii: true, trait: {title: E-mail, history: true}}", "{trait: {title: E-mail, history: true, pii: true}}"]
)
def test_the_history_of_personal_data_is_not_kept(tmp_path: Path, meta: str) -> None:
    """profile_trait_history has one column of values for all traits, which is read unmasked."""
    file = tmp_path / "_profiles__models.yml"
    file.write_text(MODELS.format(meta=meta))
    with pytest.raises(SegmentError, match="the trait `email` is personal data") as told:
        load_catalog(tmp_path, "UTC")
    assert str(file) in str(told.value) and "take `history: true` away" in str(told.value)


@pytest.mark.parametrize("meta", ["{pii: true, trait: {title: E-mail}}", "{trait: {title: E-mail, history: true}}"])
def test_either_alone_is_fine(tmp_path: Path, meta: str) -> None:
    (tmp_path / "_profiles__models.yml").write_text(MODELS.format(meta=meta))
    trait = load_catalog(tmp_path, "UTC").traits["email"]
    assert trait.pii != trait.history
