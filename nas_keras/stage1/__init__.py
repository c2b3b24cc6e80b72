"""Stage 1 of TinyNAS: the resolution and width whose networks fill a memory best.

Source: J. Lin and others, "MCUNet: Tiny Deep Learning on IoT Devices", NeurIPS 2020,
https://arxiv.org/abs/2007.10319, section 3.1.
"""

from nas_keras.stage1.costs import PlannerCosts, costs
from nas_keras.stage1.sample import Sample, drawn
from nas_keras.stage1.selection import Criterion, Ranked, selected
from nas_keras.stage1.study import Study, StudyError

__all__ = [
    "Criterion",
    "PlannerCosts",
    "Ranked",
    "Sample",
    "Study",
    "StudyError",
    "costs",
    "drawn",
    "selected",
]
