"""From SEM micrographs of granular metal films to transport predictions.

The public names load on first use, so that ``import grainscope`` and
``grainscope --help`` stay fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME_OF = {
    "Analysis": "grainscope.records",
    "GrainscopeError": "grainscope.errors",
    "Micrograph": "grainscope.records",
    "PixelSize": "grainscope.records",
    "Segmentation": "grainscope.records",
    "Settings": "grainscope.settings",
    "analyse": "grainscope.pipeline",
    "load_model": "grainscope.files",
    "read_micrograph": "grainscope.files",
    "read_result": "grainscope.files",
    "run_batch": "grainscope.batch",
    "score_labels": "grainscope.scoring",
    "segment_micrograph": "grainscope.pipeline",
}
__all__ = [
    "Analysis",
    "GrainscopeError",
    "Micrograph",
    "PixelSize",
    "Segmentation",
    "Settings",
    "__version__",
    "analyse",
    "load_model",
    "read_micrograph",
    "read_result",
    "run_batch",
    "score_labels",
    "segment_micrograph",
]

if TYPE_CHECKING:
    from grainscope.batch import run_batch as run_batch
    from grainscope.errors import GrainscopeError as GrainscopeError
    from grainscope.files import load_model as load_model
    from grainscope.files import read_micrograph as read_micrograph
    from grainscope.files import read_result as read_result
    from grainscope.pipeline import analyse as analyse
    from grainscope.pipeline import segment_micrograph as segment_micrograph
    from grainscope.records import Analysis as Analysis
    from grainscope.records import Micrograph as Micrograph
    from grainscope.records import PixelSize as PixelSize
    from grainscope.records import Segmentation as Segmentation
    from grainscope.scoring import score_labels as score_labels
    from grainscope.settings import Settings as Settings


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'grainscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
