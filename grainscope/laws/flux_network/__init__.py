"""Laws of a grain network in a perpendicular field: links with phases, and what they add up to."""

from grainscope.laws.flux_network.coupling import MagneticCoupling
from grainscope.laws.flux_network.laplacian import MagneticLaplacian
from grainscope.laws.flux_network.network import FluxNetwork, flux_network

__all__ = ["FluxNetwork", "MagneticCoupling", "MagneticLaplacian", "flux_network"]
