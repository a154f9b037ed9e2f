"""Folder → one outcome per image, over a map function; and a result measured again."""

from grainscope.batch.outcome import BatchOptions, Job, Lost, Outcome, Progress
from grainscope.batch.plan import Plan, plan_batch
from grainscope.batch.predict import predict_result
from grainscope.batch.run import check_options, default_map, find_images, run_batch

__all__ = [
    "BatchOptions",
    "Job",
    "Lost",
    "Outcome",
    "Plan",
    "Progress",
    "check_options",
    "default_map",
    "find_images",
    "plan_batch",
    "predict_result",
    "run_batch",
]
