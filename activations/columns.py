"""Operations of one action as columns: what most batches are made of, without an object per row until somebody asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import overload

from activations.object_spec import Action
from activations.operation import Operation


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
