"""Folder → one outcome per image, over a map function; results measured again or compared."""

from grainscope.batch.compare import Comparison, compare_runs, write_comparison
from grainscope.batch.fit import FitOutcome, fit_transport
from grainscope.batch.image_job import process_image
from grainscope.batch.outcome import BatchOptions, Job, Lost, Outcome, Progress
from grainscope.batch.plan import Plan, plan_batch
from grainscope.batch.predict import predict_result
from grainscope.batch.run import check_options, default_map, find_images, run_batch
from grainscope.batch.threads import thread_map
from grainscope.batch.train import train_clustering, train_segmenter
from grainscope.batch.training_images import Listener

__all__ = [
    "BatchOptions",
    "Comparison",
    "FitOutcome",
    "Job",
    "Listener",
    "Lost",
    "Outcome",
    "Plan",
    "Progress",
    "check_options",
    "compare_runs",
    "default_map",
    "find_images",
    "fit_transport",
    "plan_batch",
    "predict_result",
    "process_image",
    "run_batch",
    "thread_map",
    "train_clustering",
    "train_segmenter",
    "write_comparison",
]
