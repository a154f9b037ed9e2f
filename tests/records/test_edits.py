import pickle

import numpy as np
import pytest

from grainscope.records import Edit


def test_the_box_holds_every_run():
    edit = Edit("draw", (), np.array([[3, 5, 9, 7], [4, 2, 4, 7]]))
    assert edit.box_px == (slice(3, 5), slice(2, 9))
    assert edit.n_pixels == 6


def test_an_edit_without_pixels_has_an_empty_box():
    edit = Edit("merge", (1, 2), np.zeros((0, 4)))
    assert edit.n_pixels == 0
    assert np.zeros((5, 5))[edit.box_px].size == 0


def test_runs_stay_read_only_through_pickle():
    edit = pickle.loads(pickle.dumps(Edit("delete", (4,), np.array([[0, 0, 2, 0]]))))
    assert edit.kind == "delete"
    with pytest.raises(ValueError, match="read-only"):
        edit.runs[0, 0] = 1


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"Edit\.kind: got 'rotate'"):
        Edit("rotate", (), np.zeros((0, 4)))
