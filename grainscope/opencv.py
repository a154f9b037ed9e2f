"""The one place that imports OpenCV: ``from grainscope.opencv import cv2``.

opencv-python points Qt at its own plugins, which makes another Qt (napari's)
abort; the variables are put back as they were. HighGUI is never used.
"""

import os

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _QT_VARIABLES}

import cv2 as cv2  # noqa: E402, PLC0414 (after the variables are noted; re-exported)

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value
