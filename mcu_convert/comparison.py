"""Whether two tensors are the same: integers to the byte, floats nearly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
TOLERANCE = 1e-5
"""How far floats may be apart, as a share of the tensor's largest magnitude.

Sums run in TF-Micro's order, so mostly nothing differs; but the C libraries of a host
and of a microcontroller do not round ``expf`` and its kind alike.
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one tensor compares with what was expected."""

    bytes: int
    mismatching_bytes: int
    error: float
    """The largest difference of floats, as `TOLERANCE` counts; 0 for integers."""
    wrong: int | None
    """The first element that is not right, counted from 0; ``None`` if all are."""


def compare(found: Array, expected: Array) -> Comparison:
    """Compare two arrays of one type and size.

    >>> compare(np.array([1, 2], np.int8), np.array([1, 3], np.int8))
    Comparison(bytes=2, mismatching_bytes=1, error=0.0, wrong=1)
    >>> compare(np.float32([4, 1.00001]), np.float32([4, 1])).wrong is None
    True
    """
    ours, theirs = (
        np.frombuffer(x.tobytes(), np.uint8).reshape(x.size, -1)
        for x in (found, expected)
    )
    different = ours != theirs
    wrong = different.any(axis=1)
    error = 0.0
    if expected.dtype.kind == "f" and wrong.any():
        errors = _errors(found.ravel(), expected.ravel())
        wrong &= errors > TOLERANCE
        error = float(errors.max())
    return Comparison(
        bytes=different.size,
        mismatching_bytes=int(different.sum()),
        error=error,
        wrong=int(wrong.argmax()) if wrong.any() else None,
    )


def _errors(found: Array, expected: Array) -> npt.NDArray[np.float64]:
    """Return each element's error; infinite where only one of two is a number."""
    a, b = found.astype(np.float64), expected.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    largest = np.abs(b[np.isfinite(b)]).max(initial=np.finfo(np.float32).tiny)
    with np.errstate(invalid="ignore"):
        errors = np.where(same, 0.0, np.abs(a - b) / largest)
    return np.where(np.isnan(errors), np.inf, errors)
