"""Give the memory of freed images back to the system."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
#: Strips of an image, which come and go all the time, are smaller.
_IMAGE_BYTES = 16 << 20
#: Enough for the strips of all threads: given back, their pages would be taken anew each time.
_KEPT_BYTES = 32 << 20


def return_freed_images() -> None:
    """Have every block of the size of an image mapped by itself, and unmapped when it is freed.

    glibc raises the threshold for that whenever such a block is freed, up to 32 MiB,
    and from then on keeps what it got: 70 MB for a film of 4096². Smaller blocks are
    kept, up to 32 MiB a thread. Elsewhere nothing is done.
    """
    if sys.platform != "linux":
        return
    try:
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _IMAGE_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    except (OSError, AttributeError):  # another C library
        return
