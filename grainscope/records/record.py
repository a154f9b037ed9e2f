"""What makes a class a record: frozen, and its arrays are read-only views of one known shape."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

T = TypeVar("T")


def _rebuilt(cls: type[T], values: dict[str, Any]) -> T:
    return cls(**values)


def _reduced(self: Any) -> Any:
    values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
    return _rebuilt, (type(self), values)


def _itself(self: T, _memo: dict[int, Any]) -> T:
    return self  # a record cannot change, so it is its own deep copy


@dataclass_transform(frozen_default=True, eq_default=False)
def record(cls: type[T]) -> type[T]:
    """Make a frozen dataclass that survives pickle and deepcopy with its arrays still read-only.

    ``frozen=True`` alone leaves arrays writeable after pickle, so a pickled
    record is rebuilt through its constructor, whose ``__post_init__`` gates
    each array; a deep copy is the record itself.

    Examples
    --------
    >>> @record
    ... class Pair:
    ...     areas_um2: "NDArray"
    ...     def __post_init__(self) -> None:
    ...         freeze(self, "areas_um2", 1, np.float64)
    >>> Pair(np.ones(2)).areas_um2.flags.writeable
    False
    """
    frozen = dataclasses.dataclass(frozen=True, eq=False)(cls)

    frozen.__reduce__ = _reduced  # type: ignore[method-assign]
    frozen.__deepcopy__ = _itself  # type: ignore[attr-defined]
    return frozen


def freeze(owner: object, name: str, ndim: int, dtype: DTypeLike, rows: int | None = None) -> None:
    """Gate one array field: cast it, check its shape, keep a read-only view.

    The flag is set on a view, never on the caller's array; nothing is copied
    unless the type differs.

    Parameters
    ----------
    owner : object
        The record under construction.
    name : str
        The field; its unit is its suffix.
    ndim : int
        Number of dimensions expected.
    dtype : dtype
        Type expected.
    rows : int, optional
        Length of the first axis expected.

    Raises
    ------
    ValueError
        Wrong number of dimensions or rows.
    """
    array: NDArray[Any] = np.asarray(getattr(owner, name))
    if array.dtype != np.dtype(dtype):
        array = array.astype(dtype)
    kind = type(owner).__name__
    if array.ndim != ndim:
        raise ValueError(f"{kind}.{name}: got {array.ndim} dimensions, expected {ndim}")
    if rows is not None and array.shape[0] != rows:
        raise ValueError(f"{kind}.{name}: got {array.shape[0]} rows, expected {rows}")
    view = array.view()
    view.flags.writeable = False
    object.__setattr__(owner, name, view)


def freeze_columns(owner: object, dtypes: dict[str, DTypeLike]) -> None:
    """Gate the columns of a table record: one dimension each, all of one length."""
    rows = len(getattr(owner, next(iter(dtypes))))
    for name, dtype in dtypes.items():
        if getattr(owner, name) is not None:
            freeze(owner, name, 1, dtype, rows)
