"""Folder → one outcome per image, over a map function; results measured again or compared.

The names load on first use: a run needs neither the fits nor the training.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME_OF = {
    "BatchOptions": "grainscope.batch.outcome",
    "Comparison": "grainscope.batch.compare",
    "FitOutcome": "grainscope.batch.fit",
    "Job": "grainscope.batch.outcome",
    "Listener": "grainscope.batch.training_images",
    "Lost": "grainscope.batch.outcome",
    "Outcome": "grainscope.batch.outcome",
    "Plan": "grainscope.batch.plan",
    "Progress": "grainscope.batch.outcome",
    "check_options": "grainscope.batch.run",
    "compare_runs": "grainscope.batch.compare",
    "default_map": "grainscope.batch.run",
    "find_images": "grainscope.batch.run",
    "fit_transport": "grainscope.batch.fit",
    "plan_batch": "grainscope.batch.plan",
    "predict_result": "grainscope.batch.predict",
    "process_image": "grainscope.batch.image_job",
    "ReproduceOutcome": "grainscope.batch.reproduce",
    "reproduce_paper": "grainscope.batch.reproduce",
    "run_batch": "grainscope.batch.run",
    "thread_map": "grainscope.batch.threads",
    "train_clustering": "grainscope.batch.train",
    "train_segmenter": "grainscope.batch.train",
    "write_comparison": "grainscope.batch.compare",
}
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
    "ReproduceOutcome",
    "check_options",
    "compare_runs",
    "default_map",
    "find_images",
    "fit_transport",
    "plan_batch",
    "predict_result",
    "process_image",
    "reproduce_paper",
    "run_batch",
    "thread_map",
    "train_clustering",
    "train_segmenter",
    "write_comparison",
]

if TYPE_CHECKING:
    from grainscope.batch.compare import Comparison as Comparison
    from grainscope.batch.compare import compare_runs as compare_runs
    from grainscope.batch.compare import write_comparison as write_comparison
    from grainscope.batch.fit import FitOutcome as FitOutcome
    from grainscope.batch.fit import fit_transport as fit_transport
    from grainscope.batch.image_job import process_image as process_image
    from grainscope.batch.outcome import BatchOptions as BatchOptions
    from grainscope.batch.outcome import Job as Job
    from grainscope.batch.outcome import Lost as Lost
    from grainscope.batch.outcome import Outcome as Outcome
    from grainscope.batch.outcome import Progress as Progress
    from grainscope.batch.plan import Plan as Plan
    from grainscope.batch.plan import plan_batch as plan_batch
    from grainscope.batch.predict import predict_result as predict_result
    from grainscope.batch.reproduce import ReproduceOutcome as ReproduceOutcome
    from grainscope.batch.reproduce import reproduce_paper as reproduce_paper
    from grainscope.batch.run import check_options as check_options
    from grainscope.batch.run import default_map as default_map
    from grainscope.batch.run import find_images as find_images
    from grainscope.batch.run import run_batch as run_batch
    from grainscope.batch.threads import thread_map as thread_map
    from grainscope.batch.train import train_clustering as train_clustering
    from grainscope.batch.train import train_segmenter as train_segmenter
    from grainscope.batch.training_images import Listener as Listener


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'grainscope.batch' has no attribute {name!r}")
