"""Label images against a reference, and confidence against what came true."""

from grainscope.scoring.calibration import Reliability, reliability
from grainscope.scoring.labels import (
    THRESHOLDS,
    Score,
    ScoreSummary,
    ks_distance,
    score_labels,
    summarise,
)
from grainscope.scoring.overlaps import IGNORE_LABEL, best_ious

__all__ = [
    "IGNORE_LABEL",
    "THRESHOLDS",
    "Reliability",
    "Score",
    "ScoreSummary",
    "best_ious",
    "ks_distance",
    "reliability",
    "score_labels",
    "summarise",
]
