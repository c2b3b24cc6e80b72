"""Where a training stands, in a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_convert.errors import ModelError

Arrays = Sequence[npt.NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All that the next step depends on, but for the settings and the data."""

    step: int
    """Steps that are done."""
    weights: Arrays
    optimizer: Arrays

    def write(self, path: Path) -> None:
        """Write it whole, or leave what was there."""
        arrays = {"step": np.array(self.step)}
        arrays |= {f"weight_{n}": value for n, value in enumerate(self.weights)}
        arrays |= {f"optimizer_{n}": value for n, value in enumerate(self.optimizer)}
        aside = path.with_suffix(".writing")
        with aside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    @classmethod
    def read(cls, path: Path) -> Checkpoint | None:
        """Read what `write` wrote, ``None`` where there is nothing.

        Raises `ModelError` for a file of something else.
        """
        try:
            with np.load(path) as found:
                return cls(
                    int(found["step"]),
                    _numbered(found, "weight"),
                    _numbered(found, "optimizer"),
                )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path} holds no state of a training: {error}") from None


def _numbered(found: np.lib.npyio.NpzFile, name: str) -> Arrays:
    count = sum(key.startswith(f"{name}_") for key in found.files)
    return [found[f"{name}_{number}"] for number in range(count)]
