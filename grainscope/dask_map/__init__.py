"""A batch on a Dask cluster: a map function for ``batch.run_batch``, and nothing else.

The only package that imports dask, inside its functions: without the extra
``cluster`` it loads, and ``open_cluster`` says what to install.
"""

from grainscope.dask_map.clusters import Cluster, open_cluster
from grainscope.dask_map.spreading import MOST_PORTIONS, cluster_map

__all__ = ["MOST_PORTIONS", "Cluster", "cluster_map", "open_cluster"]
