"""Loop fields and the response of loops to a field."""

import numpy as np
import pytest
from scipy import constants as codata

from grainscope.laws.flux_quantum import flux_response, loop_field_g


def test_the_seed_check_a_loop_of_1300_nm_needs_15_gauss():
    assert loop_field_g(np.pi * 1.3**2 / 4) == pytest.approx(15.58, abs=0.005)


def test_a_field_in_tesla_times_an_area_in_square_metres_is_one_quantum():
    field_t = loop_field_g(0.7) * 1e-4
    assert field_t * 0.7e-12 == pytest.approx(codata.h / (2 * codata.e), rel=1e-12)


def test_a_loop_without_area_needs_an_infinite_field():
    assert np.isinf(loop_field_g(0.0))


@pytest.mark.parametrize(
    ("quanta", "expected"), [(0, 1), (0.25, 0), (0.5, -1), (1, 1), (1.5, -1), (3, 1)]
)
def test_the_response_is_one_at_whole_quanta_and_minus_one_halfway(quanta, expected):
    area_um2 = np.array([0.01, 1.3, 40.0])
    response = flux_response(quanta * loop_field_g(area_um2), area_um2)
    assert response == pytest.approx(np.full(3, expected), abs=1e-12)
