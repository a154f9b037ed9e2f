"""What a result depends on besides its input: algorithm versions and libraries."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

#: Raise a number when that stage gives other results for the same input and settings;
#: ``run --resume`` then redoes what an older one made.
STAGE_VERSIONS = {
    "read": 1,
    "preprocess": 3,
    "segment": 4,
    "measure": 3,
    "network": 2,
    "transport": 5,
    "figures": 5,
}

_LIBRARIES = (
    *("numpy", "scipy", "scikit-image", "scikit-learn", "opencv-python", "numba", "tifffile"),
    *("imagecodecs", "matplotlib"),
)


def library_versions() -> dict[str, str]:
    """Return the version of Python and of each library that computes or reads.

    Examples
    --------
    >>> "numpy" in library_versions()
    True
    """
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
