"""The table of the logistic function that TF-Micro interpolates on int16."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_ENTRIES, _PER_UNIT = 256, 24


def logistic_table() -> npt.NDArray[np.uint16]:
    """Return the logistic function from 0 on, with 16 fraction bits, 24 times a unit.

    Each entry is raised by half of what a straight line to the next one, halfway,
    would fall short of the function: TF-Micro's table, in
    ``reference/integer_ops/logistic.h``, has these numbers.  Its last is where the
    function is 1 from there on.
    """
    step = 1.0 / _PER_UNIT
    exact = 1.0 / (1.0 + np.exp(-step * np.arange(_ENTRIES)))
    curvature = exact * (1.0 - exact) * (1.0 - 2.0 * exact)
    raised = 65536.0 * (exact - curvature * step * step / 16.0)
    found: npt.NDArray[np.uint16] = np.round(raised).astype(np.uint16)
    found[-1] = 65535
    return found
