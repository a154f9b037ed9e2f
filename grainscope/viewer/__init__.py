"""The napari viewer: see a segmentation, judge it, correct it, and watch the physics follow.

``layers`` turns records into napari layers and knows no Qt; ``session`` is what one
film is while it is open; the widgets talk to each other only through it.
"""
