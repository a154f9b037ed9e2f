"""K-means and Gaussian mixture on weighted points, deterministic.

Both start from classes of equal weight along the first feature (intensity) and
return their classes ordered by it, so that equal input gives equal output and
class numbers mean the same in every image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Smallest variance of a class along any direction, in squared scaled units: a
#: noise-free image has classes of no width.
_VARIANCE_FLOOR = 1e-4
_MAX_ROUNDS = 300
#: Gain in mean log-likelihood below which the mixture has settled.
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Clusters:
    """Fitted classes, ordered by their mean along the first feature.

    Attributes
    ----------
    means : ndarray of float64, shape (K, F)
        Centres.
    covariances : ndarray of float64, shape (K, F, F)
        For k-means the pooled within-class variance times the identity.
    weights : ndarray of float64, shape (K,)
        Shares of the classes; sum to 1.
    """

    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    weights: NDArray[np.float64]


def fit_kmeans(
    points: NDArray[np.float64], weight: NDArray[np.float64], n_classes: int
) -> Clusters:
    """Minimise Σ w |x − centre|².

    One feature: the global optimum by dynamic programming over the sorted
    points (Wang & Song, R Journal 3, 29, 2011). Several: Lloyd's iteration.

    Parameters
    ----------
    points : ndarray of float64, shape (N, F)
        Scaled features.
    weight : ndarray of float64, shape (N,)
        Weight of each point; sums to 1.
    n_classes : int
        Classes K wanted; fewer are returned when there are fewer points.

    Returns
    -------
    Clusters
        Ordered classes.

    Examples
    --------
    >>> x = np.array([[0.0], [0.1], [1.0]])
    >>> fit_kmeans(x, np.array([0.25, 0.25, 0.5]), 2).means[:, 0]
    array([0.05, 1.  ])
    """
    if points.shape[1] == 1:
        member = _best_partition(points[:, 0], weight, min(n_classes, len(points)))
    else:
        member = _lloyd(points, weight, n_classes)
    weights, means, _ = _moments(points, weight, _one_hot(member))
    inertia = float(weight @ np.square(points - means[member]).sum(axis=1))
    variance = max(inertia / points.shape[1], _VARIANCE_FLOOR)
    covariances = np.stack([variance * np.eye(points.shape[1])] * len(weights))
    return _ordered(Clusters(means, covariances, weights))


def fit_gaussian_mixture(
    points: NDArray[np.float64], weight: NDArray[np.float64], n_classes: int
) -> Clusters:
    """Maximise Σ w log Σ_k π_k N(x; µ_k, Σ_k) by expectation–maximisation.

    Parameters
    ----------
    points : ndarray of float64, shape (N, F)
        Scaled features.
    weight : ndarray of float64, shape (N,)
        Weight of each point; sums to 1.
    n_classes : int
        Classes K wanted; fewer are returned when there are fewer points.

    Returns
    -------
    Clusters
        Ordered classes.

    Examples
    --------
    >>> x = np.linspace(-4, 4, 2001)[:, None]
    >>> w = np.exp(-((x[:, 0] - 2) ** 2) / 0.08) + np.exp(-((x[:, 0] + 2) ** 2) / 0.08)
    >>> fitted = fit_gaussian_mixture(x, w / w.sum(), 2)
    >>> fitted.means[:, 0].round(3), np.sqrt(fitted.covariances[:, 0, 0]).round(2)
    (array([-2.,  2.]), array([0.2, 0.2]))
    """
    share = _one_hot(_equal_parts(points[:, 0], weight, n_classes))
    before = -np.inf
    for _ in range(_MAX_ROUNDS):
        clusters = _maximised(points, weight, share)
        log_density = _log_joint(points, clusters, clusters.weights)
        share, log_likelihood = _normalised(log_density)
        now = float(weight @ log_likelihood)
        if now - before < _TOLERANCE:
            break
        before = now
    return _ordered(clusters)


def posterior(
    points: NDArray[np.float64], clusters: Clusters, weighted: bool
) -> NDArray[np.float64]:
    """Probability of each class at each point.

    Parameters
    ----------
    points : ndarray of float64, shape (N, F)
        Scaled features.
    clusters : Clusters
        Fitted classes.
    weighted : bool
        Whether the class shares are priors (mixture); k-means has equal ones.

    Returns
    -------
    ndarray of float64, shape (N, K)
        Rows sum to 1.

    Examples
    --------
    >>> two = Clusters(np.array([[0.0], [1.0]]), np.full((2, 1, 1), 0.1), np.array([0.9, 0.1]))
    >>> posterior(np.array([[0.5]]), two, weighted=False)
    array([[0.5, 0.5]])
    """
    prior = clusters.weights if weighted else np.full(len(clusters.weights), 1.0)
    return _normalised(_log_joint(points, clusters, prior))[0]


def brightest_group(clusters: Clusters) -> int:
    """Return the first of the classes that are grain: k, …, K − 1.

    The cut between film and grain is where the variance of the class means
    between the two groups is largest (Otsu's criterion on classes), so that
    rims and halos join the side they are nearer to.

    Examples
    --------
    >>> means = np.array([[0.0], [0.1], [0.8], [1.0]])
    >>> brightest_group(Clusters(means, np.ones((4, 1, 1)), np.full(4, 0.25)))
    2
    """
    level, weight = clusters.means[:, 0], clusters.weights
    below = np.cumsum(weight)[:-1]
    sum_below = np.cumsum(weight * level)[:-1]
    above = 1 - below
    total = float(weight @ level)
    between = (total * below - sum_below) ** 2 / np.maximum(below * above, 1e-300)
    return int(np.argmax(between)) + 1


def _best_partition(
    values: NDArray[np.float64], weight: NDArray[np.float64], n_classes: int
) -> NDArray[np.int64]:
    order = np.argsort(values, kind="stable")
    x, w = values[order], weight[order]
    sums = [np.concatenate([[0.0], np.cumsum(w * x**power)]) for power in (0, 1, 2)]
    n = len(x)

    def cost(start: NDArray[np.int64], stop: int) -> NDArray[np.float64]:
        w0, w1, w2 = (s[stop] - s[start] for s in sums)
        within: NDArray[np.float64] = np.maximum(w2 - w1 * w1 / np.maximum(w0, 1e-300), 0)
        return within

    # least[i]: smallest cost of the first i points in the classes so far; cut: where the last began
    least = np.array([np.inf, *(cost(np.array([0]), stop)[0] for stop in range(1, n + 1))])
    start = np.arange(n)
    cuts = []
    for k in range(1, n_classes):
        cut = np.zeros(n + 1, np.int64)
        extended = np.full(n + 1, np.inf)
        for stop in range(n if k == n_classes - 1 else k + 1, n + 1):
            total = least[:stop] + cost(start[:stop], stop)
            cut[stop] = np.argmin(total)
            extended[stop] = total[cut[stop]]
        least = extended
        cuts.append(cut)
    member = np.zeros(n, np.int64)
    stop = n
    for k in range(n_classes - 1, 0, -1):
        start_of_k = int(cuts[k - 1][stop])
        member[start_of_k:stop] = k
        stop = start_of_k
    found = np.empty(n, np.int64)
    found[order] = member
    return found


def _lloyd(
    points: NDArray[np.float64], weight: NDArray[np.float64], n_classes: int
) -> NDArray[np.int64]:
    member = _equal_parts(points[:, 0], weight, n_classes)
    for _ in range(_MAX_ROUNDS):
        _, means, _ = _moments(points, weight, _one_hot(member))
        distance2 = np.stack([np.square(points - mean).sum(axis=1) for mean in means], axis=1)
        moved = _without_empty(distance2.argmin(axis=1))
        if np.array_equal(moved, member):
            break
        member = moved
    return member


def _equal_parts(
    level: NDArray[np.float64], weight: NDArray[np.float64], n_classes: int
) -> NDArray[np.int64]:
    """At most ``n_classes`` classes of about equal weight along ``level``, none of them empty."""
    order = np.argsort(level, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2
    part = np.empty(len(level), np.int64)
    part[order] = np.clip(middle / weight.sum() * n_classes, 0, n_classes - 1).astype(np.int64)
    return _without_empty(part)


def _without_empty(member: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(member, return_inverse=True)[1].astype(np.int64)


def _one_hot(member: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.eye(int(member.max()) + 1)[member]


def _moments(
    points: NDArray[np.float64], weight: NDArray[np.float64], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    mass = share * weight[:, None]
    total = np.maximum(mass.sum(axis=0), 1e-300)
    return total / total.sum(), mass.T @ points / total[:, None], mass / total


def _maximised(
    points: NDArray[np.float64], weight: NDArray[np.float64], share: NDArray[np.float64]
) -> Clusters:
    weights, means, mass = _moments(points, weight, share)
    floor = _VARIANCE_FLOOR * np.eye(points.shape[1])
    covariances = []
    for k, mean in enumerate(means):
        away = points - mean
        covariances.append((mass[:, k, None] * away).T @ away + floor)
    return Clusters(means, np.stack(covariances), weights)


def _log_joint(
    points: NDArray[np.float64], clusters: Clusters, prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    columns = []
    for mean, covariance, share in zip(clusters.means, clusters.covariances, prior, strict=True):
        half = np.linalg.cholesky(covariance)
        away = np.linalg.solve(half, (points - mean).T)
        log_width = np.log(np.diag(half)).sum()
        columns.append(-0.5 * np.square(away).sum(axis=0) - log_width + np.log(max(share, 1e-300)))
    return np.stack(columns, axis=1)


def _normalised(
    log_joint: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    top = log_joint.max(axis=1, keepdims=True)
    share = np.exp(log_joint - top)
    total = share.sum(axis=1, keepdims=True)
    return share / total, (top + np.log(total))[:, 0]


def _ordered(clusters: Clusters) -> Clusters:
    order = np.argsort(clusters.means[:, 0], kind="stable")
    return Clusters(clusters.means[order], clusters.covariances[order], clusters.weights[order])
