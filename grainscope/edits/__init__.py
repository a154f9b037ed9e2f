"""What a person can do to labels: one kind of edit a file, each a function to an ``Edit``.

None changes its input, but for ``apply_in_place``. After every edit each label is
one 8-connected region inside the frame. Labels keep their numbers, gaps and all,
until ``compact``; a new grain gets ``next_label`` or one above it.
"""

from grainscope.edits.adopting import adopt
from grainscope.edits.applying import apply_edit, apply_in_place, check_inside, reverted
from grainscope.edits.deleting import delete
from grainscope.edits.drawing import draw
from grainscope.edits.hole_filling import fill_holes
from grainscope.edits.merging import merge
from grainscope.edits.numbering import compact, next_label_after
from grainscope.edits.painting import painted
from grainscope.edits.reclassifying import reclassify
from grainscope.edits.replaying import edits_in_force, replay, states
from grainscope.edits.splitting import split_by_line, split_by_seeds

__all__ = [
    "adopt",
    "apply_edit",
    "apply_in_place",
    "check_inside",
    "compact",
    "delete",
    "draw",
    "edits_in_force",
    "fill_holes",
    "merge",
    "next_label_after",
    "painted",
    "reclassify",
    "replay",
    "reverted",
    "split_by_line",
    "split_by_seeds",
    "states",
]
