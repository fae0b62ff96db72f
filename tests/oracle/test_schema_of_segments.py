"""What the compiler accepts, an editor does not mark: random segments keep to the JSON schema of their catalog."""

from datetime import date
from random import Random

import yaml
from jsonschema import Draft202012Validator
from oracle_words import catalog
from random_segments import Segments, written

from heddle.segments.schema import segment_schema


def test_no_sound_segment_is_marked() -> None:
    validator = Draft202012Validator(segment_schema(catalog("UTC")))
    for seed in range(400):
        text = written(Segments(Random(seed), date(2026, 6, 15)).any())
        marked = [f"{list(error.path)}: {error.message[:300]}" for error in validator.iter_errors(yaml.safe_load(text))]
        assert not marked, f"{text}\n{marked}"
