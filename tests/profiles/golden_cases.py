"""Who said what about whom, and what survives: one person per case, one field per rule."""

from collections.abc import Sequence
from dataclasses import dataclass

RULES = """\
field,strategy,sources,value_type
email,verified_first,,
phone,verified_first,,
name,source_priority,crm>shop,
city,most_recent,,
colour,most_frequent,,
origin,first,,
job,verified_first,,
smallest,min,,number
largest,max,,number
earliest,min,,date
latest,max,,date
always,min,,boolean
ever,max,,boolean
first_word,min,,
last_word,max,,text
hobbies,collect,,
sizes,collect,,number
"""
Said = tuple[str, str | None, int | None]  # source, value, day of January 2026


@dataclass(frozen=True)
class Case:
    """What is said of `field`, in no order that means anything, and what survives: None when nothing does."""

    field: str
    said: Sequence[Said]
    survives: Said | None

    @property
    def name(self) -> str:
        return f"{self.field}: {', '.join(str(value) for _, value, _ in self.said)}"


CASES = [
    # The best source that says anything; a source that is not listed comes last, the newest word first.
    Case("name", [("shop", "Ania", 9), ("crm", "Anna", 1), ("web", "A.", 10)], ("crm", "Anna", 1)),
    Case("name", [("crm", None, 9), ("shop", "Ania", None), ("web", "A.", 10)], ("shop", "Ania", None)),
    Case("name", [("web", "A.", 8), ("app", "An", 9)], ("app", "An", 9)),
    Case("name", [("crm", None, 1)], None),
    Case("city", [("shop", "Sopot", 3), ("crm", "Hel", 2), ("web", "Reda", None)], ("shop", "Sopot", 3)),
    Case("city", [("shop", "Sopot", 3), ("crm", "Reda", 3), ("crm", "Hel", 3)], ("crm", "Hel", 3)),
    Case("city", [("shop", "Sopot", 3), ("crm", "Hel", 20)], ("shop", "Sopot", 3)),  # the 20th is after the run
    Case("no_rule", [("shop", "old", 1), ("crm", "new", 2)], ("crm", "new", 2)),
    # Twice beats newer; of values said as often, the one said last. Its source is the last to say it.
    Case("colour", [("shop", "red", 1), ("crm", "red", 2), ("web", "blue", 9)], ("crm", "red", 2)),
    Case(
        "colour", [("shop", "red", 1), ("shop", "red", 4), ("web", "blue", 3), ("app", "blue", 5)], ("app", "blue", 5)
    ),
    Case("colour", [("shop", "red", None), ("web", "blue", None)], ("shop", "red", None)),
    Case("origin", [("shop", "ad", 4), ("crm", "fair", 2), ("web", "?", None)], ("crm", "fair", 2)),
    Case("origin", [("web", "b", 2), ("web", "a", 2)], ("web", "a", 2)),
    Case("origin", [("web", "only", None)], ("web", "only", None)),
    # The mail of `mail` arrived; so what this record says is verified.
    Case("job", [("mail", "baker", 1), ("shop", "cook", 9)], ("mail", "baker", 1)),
    Case("job", [("shop", "cook", 8), ("crm", "pilot", 9)], ("crm", "pilot", 9)),
    # Ten is more than nine; what is no number loses to every number, and so do the words for infinity.
    Case("largest", [("shop", "9", 9), ("crm", "10", 1), ("web", "many", 9)], ("crm", "10", 1)),
    Case("largest", [("shop", "-3.5", 1), ("crm", "inf", 9), ("web", "NaN", 9)], ("shop", "-3.5", 1)),
    Case("largest", [("shop", "few", 1), ("crm", "many", 2)], ("crm", "many", 2)),
    Case("smallest", [("shop", "9", 1), ("crm", "10", 9), ("web", "9.0", 2)], ("web", "9.0", 2)),
    Case(
        "earliest", [("shop", "1990-04-05", 9), ("crm", "1969-12-31", 1), ("web", "soon", 9)], ("crm", "1969-12-31", 1)
    ),
    Case("latest", [("shop", "1990-04-05 10:00:00", 1), ("crm", "1990-04-04", 9)], ("shop", "1990-04-05 10:00:00", 1)),
    Case("ever", [("shop", "true", 1), ("crm", "false", 9), ("web", "zzz", 9)], ("shop", "true", 1)),
    Case("always", [("shop", "Yes", 9), ("crm", "0", 1)], ("crm", "0", 1)),
    Case("first_word", [("shop", "b", 1), ("crm", "a", 9), ("web", "a", 3)], ("crm", "a", 9)),
    Case("last_word", [("shop", "b", 1), ("crm", "a", 9), ("web", None, 9)], ("shop", "b", 1)),
    # The source and the time of the newest.
    Case("hobbies", [("shop", "tea", 1), ("crm", "go", 3), ("web", "tea", 2)], ("crm", '["go","tea"]', 3)),
    Case("hobbies", [("shop", 'say "hi"', 1), ("shop", "żużel", 1)], ("shop", '["say \\"hi\\"","żużel"]', 1)),
    Case("hobbies", [("shop", "alone", None)], ("shop", '["alone"]', None)),
    Case("sizes", [("shop", "10", 1), ("crm", "9", 2), ("web", "XL", 3)], ("web", '["9","10","XL"]', 3)),
]


def moment(day: int | None) -> str | None:
    return None if day is None else f"2026-01-{day:02} 10:00:00"
