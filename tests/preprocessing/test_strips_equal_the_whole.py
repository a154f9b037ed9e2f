"""Preprocessing strip by strip gives the film of the whole image, whatever the strips."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from grainscope.errors import SettingsError
from grainscope.laws.strips import RowsInMemory, strips_of
from grainscope.preprocessing import preprocess
from grainscope.preprocessing.strips import preprocess_in_strips
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.settings import PreprocessingSettings


def in_strips(grey, chosen, height):
    film = RowsInMemory(np.zeros(grey.shape, np.float32))
    preprocess_in_strips(RowsInMemory(grey), film, chosen, strips_of(len(grey), height))
    return film.image


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    st.integers(0, 10**6),
    st.tuples(st.integers(1, 130), st.integers(1, 90)),
    st.integers(1, 140),
    st.sampled_from(["bright", "dark"]),
    st.sampled_from([0.0, 5.0, 100.0]),
    st.booleans(),
    st.sampled_from([0.0, 0.4, 0.8, 3.3]),
    st.sampled_from([np.uint8, np.uint16, np.float32]),
)
def test_the_film_is_that_of_the_whole(
    seed, shape, height, polarity, scale_px, line_noise, sigma_px, dtype
):
    grey = np.random.default_rng(seed).integers(0, 250, shape).astype(dtype)
    chosen = PreprocessingSettings(
        polarity=polarity,
        annotations=False,
        illumination_scale_px=scale_px,
        line_noise=line_noise,
        denoise_sigma_px=sigma_px,
    )
    image = Micrograph("film", grey, PixelSize(5.0, 0.0, "option"), Frame.whole(shape))
    assert_array_equal(in_strips(grey, chosen, height), preprocess(image, chosen).intensity)


@pytest.mark.parametrize("whole", [{"polarity": "auto"}, {"annotations": True}])
def test_what_looks_at_the_whole_image_is_refused(whole):
    chosen = PreprocessingSettings(**{"annotations": False, **whole})
    with pytest.raises(SettingsError, match="looks at the whole image"):
        in_strips(np.zeros((40, 40), np.uint8), chosen, 16)
