"""``python -m memory_page [NAMES]``: measure networks, then write the page.

Without names, measure all.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from memory_page import figures
from memory_page.figures import Figures
from memory_page.page import write_page
from nas_keras.networks import NETWORKS, network

ROOT = Path(__file__).resolve().parent.parent.parent
FIGURES = ROOT / "docs/memory.json"
MODELS = ROOT / "out/networks"


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(prog="memory_page", description=__doc__)
    parser.add_argument("names", nargs="*", help="the networks to measure [all]")
    names = parser.parse_args().names or [each.name for each in NETWORKS]
    known = figures.load(FIGURES) if FIGURES.exists() else ()
    for name in names:
        found = _measured(network(name).name)
        known = _ordered((*(k for k in known if k.network != name), found))
    figures.save(known, FIGURES)
    write_page(FIGURES.parent, known)


def _measured(name: str) -> Figures:
    export = [sys.executable, "-m", "nas_keras.networks", name, "-o", str(MODELS)]
    subprocess.run(export, check=True)
    found = figures.measure(MODELS / f"{name}.tflite")
    print(f"{name}: {found.arena_bytes:,} bytes, TF-Micro {found.tf_micro_bytes:,}")
    return found


def _ordered(found: tuple[Figures, ...]) -> tuple[Figures, ...]:
    places = {each.name: place for place, each in enumerate(NETWORKS)}
    return tuple(sorted(found, key=lambda each: places[each.network]))


if __name__ == "__main__":
    main()
