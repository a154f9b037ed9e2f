"""Small networks, and conductances of them to any number of digits."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import combinations
from math import prod

import numpy as np
import pytest

from grainscope.laws.resistor_network import ResistorNetwork


@pytest.fixture
def between():
    """Network of the given pairs of nodes, the electrodes being one node each."""

    def build(pairs, left, right, n_nodes=None) -> ResistorNetwork:
        tail, head = np.array(pairs, np.int64).reshape(-1, 2).T
        node = np.arange(1 + max(left, right, *tail, *head) if n_nodes is None else n_nodes)
        return ResistorNetwork(tail, head, node == left, node == right)

    return build


@pytest.fixture
def by_trees():
    """Kirchhoff's sum over spanning trees, in 60 digits and exponents of 18: ln G.

    G = Σ over spanning trees / Σ over pairs of trees, one to each electrode.
    """

    def solve(network, ln_g) -> float:
        name = np.arange(network.n_nodes)
        name[network.left], name[network.right] = name[network.left][0], name[network.right][0]
        merged = name.copy()
        merged[network.right] = name[network.left][0]
        with localcontext(Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN)):
            weight = [Decimal(float(x)).exp() for x in ln_g]
            trees, pairs_of_trees = (
                sum_over_trees(label[network.tail], label[network.head], weight)
                for label in (name, merged)
            )
            return float(trees.ln() - pairs_of_trees.ln())

    return solve


def sum_over_trees(tail, head, weight) -> Decimal:
    names, ends = np.unique(np.stack((tail, head)), return_inverse=True)
    sets = combinations(range(len(tail)), len(names) - 1)
    return sum(
        (
            prod((weight[link] for link in links), start=Decimal(1))
            for links in sets
            if is_tree(ends[:, list(links)].T.tolist(), len(names))
        ),
        Decimal(0),
    )


def is_tree(pairs, count) -> bool:
    """Tell whether count − 1 pairs join ``count`` nodes: whether none closes a loop."""
    group = list(range(count))
    for a, b in pairs:
        old, new = group[a], group[b]
        if old == new:
            return False
        group = [new if g == old else g for g in group]
    return True
