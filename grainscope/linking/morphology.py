"""What a link takes of a micrograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope import grains, network
from grainscope.records import Micrograph
from grainscope.records.record import record
from grainscope.settings import GrainSettings, NetworkSettings

if TYPE_CHECKING:
    from grainscope.records import Frame, GrainNetwork, GrainTable, PixelSize, Segmentation


@record
class Morphology:
    """The grains of one micrograph, and all their contacts.

    Attributes
    ----------
    name : str
        Of the micrograph.
    segmentation : Segmentation
        Labels, pixel size and frame.
    grains : GrainTable
        Sizes and places.
    network : GrainNetwork
        All contacts, whatever their gap.
    """

    name: str
    segmentation: Segmentation
    grains: GrainTable
    network: GrainNetwork

    @property
    def frame(self) -> Frame:
        """The part of the image that shows film."""
        return self.segmentation.frame

    @property
    def pixel_size(self) -> PixelSize:
        """Edge of a pixel."""
        return self.segmentation.pixel_size


def morphology_of(segmentation: Segmentation, name: str = "") -> Morphology:
    """Measure labels as far as a link needs them: sizes, places and contacts.

    Parameters
    ----------
    segmentation : Segmentation
        Such as a stored result gives back.
    name : str
        Of the micrograph.

    Returns
    -------
    Morphology
        Grey levels of the grain table are 0: the picture is not needed.

    Examples
    --------
    >>> from grainscope.records import Frame, PixelSize, Segmentation
    >>> labels = np.zeros((20, 30), np.int32)
    >>> labels[5:10, 5:10], labels[5:10, 15:20] = 1, 2
    >>> size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(labels.shape)
    >>> morphology_of(Segmentation(labels, size, frame)).network.n_contacts
    1
    """
    blank = np.zeros(segmentation.labels.shape, np.uint8)
    micrograph = Micrograph(name, blank, segmentation.pixel_size, segmentation.frame)
    table = grains.measure(micrograph, segmentation, GrainSettings())
    contacts = network.build_network(segmentation, table, NetworkSettings())
    return Morphology(name, segmentation, table, contacts)
