"""Operations of one action as columns: what most batches are made of, without an object per row until somebody asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, repeat
from typing import cast, overload

from activations.object_spec import Action
from activations.operation import Operation
from activations.text_column import joined, packed


@dataclass(frozen=True, eq=False)
class Columns(Sequence[Operation]):
    """A row is at the same place of `op_ids`, `keys` and every column of `fields`."""

    action: Action
    op_ids: Sequence[int]
    keys: Sequence[str]
    fields: Mapping[str, Sequence[object]]

    def __post_init__(self) -> None:
        lengths = {len(self.op_ids), len(self.keys), *map(len, self.fields.values())}
        if len(lengths) != 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")

    @classmethod
    def joined(cls, parts: "Sequence[Columns]") -> "Columns":
        """Rows behind each other, of one action and with the same fields."""
        if len(parts) == 1:
            return parts[0]
        first = parts[0]
        if any(part.action != first.action or part.fields.keys() != first.fields.keys() for part in parts):
            raise ValueError("rows of one action and with the same fields are joined")
        fields = {name: joined([part.fields[name] for part in parts]) for name in first.fields}
        ids = list(chain.from_iterable(part.op_ids for part in parts))
        return cls(first.action, ids, cast("Sequence[str]", joined([part.keys for part in parts])), fields)

    def packed(self) -> "Columns":
        """The same in less memory."""
        fields = {name: packed(column) for name, column in self.fields.items()}
        return replace(self, keys=cast("Sequence[str]", packed(self.keys)), fields=fields)

    def rows(self) -> Iterator[dict[str, object]]:
        """The fields of each row."""
        if not self.fields:
            return iter([{} for _ in self.op_ids])
        # without a step of Python per row; that the columns are of one length was seen above
        return map(dict, map(zip, repeat(tuple(self.fields)), zip(*self.fields.values(), strict=True)))

    @cached_property
    def _operations(self) -> tuple[Operation, ...]:
        made = zip(self.op_ids, self.keys, self.rows(), strict=True)
        return tuple(Operation(op_id, self.action, key, fields) for op_id, key, fields in made)

    def __len__(self) -> int:
        return len(self.op_ids)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    @overload
    def __getitem__(self, index: int) -> Operation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Operation]: ...
    def __getitem__(self, index: int | slice) -> Operation | Sequence[Operation]:
        return self._operations[index]
