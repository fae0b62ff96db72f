"""The linking model as data: what is compared, how closely, and which pairs are looked at."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from heddle.linking.read_yaml import read_yaml
from heddle.settings import Settings

DEFAULT = Path(__file__).with_name("model.yml")
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Share = Annotated[float, Field(gt=0, lt=1)]


class Strict(BaseModel):
    """Says no to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(Strict):
    """Probabilities: from `merge` on a pair is one person, from `review` on it is somebody's to decide.

    A merge needs one of `merge_needs` to agree as well (any, when it is empty).
    """

    merge: Share = 0.99
    review: Share = 0.8
    merge_needs: tuple[FieldName, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review > self.merge:
            raise ValueError("`review` must not be above `merge`")
        return self


class Limits(Strict):
    """What keeps a run small; counts of people and of pairs."""

    max_block: Annotated[int, Field(gt=1)] = 500
    pairs_per_person: Annotated[int, Field(gt=0)] = 20
    min_pairs: Annotated[int, Field(ge=0)] = 200_000
    random_pairs: Annotated[int, Field(ge=1000)] = 1_000_000
    estimation_pairs: Annotated[int, Field(ge=1000)] = 200_000


class Level(Strict):
    """One way of being nearly the same; exactly one of the four, on the comparison's field or on `of`."""

    jaro_winkler: Share | None = None
    edits: Annotated[int, Field(ge=1, le=9)] | None = None
    same: FieldName | None = None
    crossed: FieldName | None = None
    of: FieldName | None = None
    unless_same: tuple[FieldName, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in ("jaro_winkler", "edits", "same", "crossed") if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError("a level is exactly one of jaro_winkler, edits, same, crossed")
        if self.of is not None and given[0] in ("same", "crossed"):
            raise ValueError(f"`of` does not go with `{given[0]}`")
        return self

    def fields(self) -> set[str]:
        """The fields that must be there for this level; those of `unless_same` need not."""
        return {name for name in (self.same, self.crossed, self.of) if name is not None}


class Comparison(Strict):
    """How one field of two people is compared."""

    field: FieldName
    levels: tuple[Level, ...] = ()
    term_frequencies: bool = False
    at_most_share: Share | None = None


class KeyPart(Strict):
    """A field or its first characters; or two fields in whichever order, so that swapped names meet."""

    field: FieldName | None = None
    unordered: tuple[FieldName, FieldName] | None = None
    first: Annotated[int, Field(ge=1, le=20)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.field is None) == (self.unordered is None):
            raise ValueError("a part of a block is a field, or `unordered` with two fields")
        return self

    def fields(self) -> set[str]:
        return set(self.unordered or ()) | ({self.field} if self.field else set())


class Block(Strict):
    """Pairs are scored when they agree on all parts."""

    parts: Annotated[tuple[KeyPart, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return {"parts": [{"field": part} if isinstance(part, str) else part for part in value]}

    def fields(self) -> set[str]:
        return {name for part in self.parts for name in part.fields()}

    def __str__(self) -> str:
        return " + ".join(
            (part.field or "/".join(part.unordered or ())) + (f"[:{part.first}]" if part.first else "")
            for part in self.parts
        )


class Definition(Strict):
    """The whole of `linking.yml`."""

    thresholds: Thresholds = Thresholds()
    limits: Limits = Limits()
    comparisons: Annotated[tuple[Comparison, ...], Field(min_length=1)]
    block_on: Annotated[tuple[Block, ...], Field(min_length=1)]
    estimate_on: Annotated[tuple[tuple[FieldName, ...], ...], Field(min_length=1)]

    @field_validator("comparisons")
    @classmethod
    def _each_once(cls, value: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
        names = [comparison.field for comparison in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is compared twice; give one comparison more levels instead")
        return value

    def fields(self) -> tuple[str, ...]:
        """Every field that is read, sorted."""
        compared = {c.field for c in self.comparisons} | {
            name for c in self.comparisons for level in c.levels for name in (*level.fields(), *level.unless_same)
        }
        blocked = {name for block in self.block_on for name in block.fields()}
        return tuple(sorted(compared | blocked | {name for rule in self.estimate_on for name in rule}))

    def limited_to(self, present: set[str]) -> Self:
        """The same without what needs a field that nobody has a value of."""
        comparisons = tuple(
            c.model_copy(update={"levels": tuple(_without(lv, present) for lv in c.levels if lv.fields() <= present)})
            for c in self.comparisons
            if c.field in present
        )
        blocks = tuple(block for block in self.block_on if block.fields() <= present)
        rules = tuple(rule for rule in self.estimate_on if set(rule) <= present)
        return self.model_copy(update={"comparisons": comparisons, "block_on": blocks, "estimate_on": rules})


def _without(level: Level, present: set[str]) -> Level:
    return level.model_copy(update={"unless_same": tuple(name for name in level.unless_same if name in present)})


def definition_file(settings: Settings) -> Path:
    """The project's own model when it has one, else the one that comes with Heddle."""
    own = settings.dbt_project / "linking.yml"
    return own if own.exists() else DEFAULT


def load_definition(file: Path) -> Definition:
    """The model of `file`. Raises LinkingError at file:line for the first thing that is wrong."""
    return read_yaml(file, Definition)
