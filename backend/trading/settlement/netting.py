"""What of neighbours' deviations meets within the community; pure.

`imbalances` does the same in the database, beside what it stores; this is for who asks what would have been.
"""

import numpy as np


def netted_wh(deviations_wh):
    """What of each deviation meets others of opposite sign in its period: the smaller side's wholly.

    Parameters
    ----------
    deviations_wh : ndarray of int64, shape (n_nodes, n_periods)
        Metered minus scheduled; nodes ascend by their keys. [Wh]

    Returns
    -------
    netted : ndarray of int64, shape (n_nodes, n_periods)
        The larger side in proportion, whole by largest remainder, then by key; sums to 0 per period. [Wh]

    Examples
    --------
    >>> netted_wh(np.array([[1010 - 1000], [-10], [-19]])).ravel().tolist()
    [10, -3, -7]
    """
    more_wh, less_wh = np.maximum(deviations_wh, 0), np.maximum(-deviations_wh, 0)
    meets_wh = np.minimum(more_wh.sum(axis=0), less_wh.sum(axis=0))
    return _shares(more_wh, meets_wh) - _shares(less_wh, meets_wh)


def _shares(sizes_wh, total_wh):
    """Share out each column's total in proportion to the sizes in it."""
    products = sizes_wh * total_wh
    sides_wh = np.maximum(sizes_wh.sum(axis=0), 1)
    shares_wh, remainders = products // sides_wh, products % sides_wh
    turns = np.argsort(np.argsort(-remainders, axis=0, kind="stable"), axis=0)
    left_over_wh = np.where(sizes_wh.any(axis=0), total_wh - shares_wh.sum(axis=0), 0)
    return shares_wh + ((turns < left_over_wh) & (sizes_wh > 0))
