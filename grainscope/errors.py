"""One class per thing that a user can go and fix, under one root.

A message is one line: what, got, expected, where to change it. Kernels raise
``ValueError``; verbs and shells turn that into one of these (``raise … from``).
"""


class GrainscopeError(Exception):
    """Root of every error that grainscope raises on purpose."""


class UnreadableImageError(GrainscopeError):
    """The file is missing, empty, truncated, not an image, or holds no usable pixels."""


class ImageTooLargeError(GrainscopeError):
    """The declared size exceeds ``input.max_megapixels``; refused before allocation."""


class PixelSizeMissingError(GrainscopeError):
    """No source gives the pixel size; the message names the option that does."""


class PixelSizeConflictError(GrainscopeError):
    """Two sources differ by more than 1 %, or the pixels are not square."""


class SettingsError(GrainscopeError):
    """An unknown or wrong settings entry, or a settings file that is newer than the program."""


class ModelError(GrainscopeError):
    """A model file is damaged, hostile, newer than the program, or of another kind."""


class TransportDataError(GrainscopeError):
    """A file of transport data is missing, no table, or lacks what an analysis needs."""


class ResultError(GrainscopeError):
    """A result folder is absent, incomplete, newer than the program, or protected by edits."""


class OutputError(GrainscopeError):
    """The output folder cannot be written."""


class LimitError(GrainscopeError):
    """An image took more time or memory than ``run.time_limit_s`` / ``run.memory_limit_gb``."""


class ClusterError(GrainscopeError):
    """No scheduler or no worker answers, or workers differ from this side or miss its files."""


class PlanarityError(GrainscopeError):
    """The contact graph broke Euler's relation; carries the counts that did not add up."""


class MissingDependencyError(GrainscopeError):
    """An optional extra or a system package is needed; the message says how to install it."""


def printable(text: str) -> str:
    r"""Return a text that is safe on a screen and in a file.

    Characters that steer a terminal or that UTF-8 cannot hold, as a hostile file
    name may have, become escapes that can be read.

    Examples
    --------
    >>> printable("film\x1b[2J")
    'film\\x1b[2J'
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
