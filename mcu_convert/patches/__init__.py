"""Patch by patch: the front of a network, run for one part of an image after another.

The technique is MCUNetV2's (Lin et al., 2021).  The output of the front's last layer
is cut into patches.  For each, the front is there once more, for just the part of
every tensor that the patch depends on, and what it makes is pasted into the whole.
Neighbouring patches need the same pixels near their borders, which are computed for
each of them.  A window is padded only where it leaves the real image, so that every
pixel is computed from the same numbers, and in the same order, as without patches.
"""

from mcu_convert.patches.search import Candidate, candidates, smallest
from mcu_convert.patches.splits import splits
from mcu_convert.patches.unroll import in_patches

__all__ = ["Candidate", "candidates", "in_patches", "smallest", "splits"]
