"""Physical constants with their unit in the name.

The SI defining constants are exact; ``VACUUM_PERMITTIVITY_F_PER_M`` is the CODATA
2022 value (relative uncertainty 1.6e-10).
"""

import math

ELEMENTARY_CHARGE_C = 1.602176634e-19
PLANCK_J_S = 6.62607015e-34
BOLTZMANN_J_PER_K = 1.380649e-23
VACUUM_PERMITTIVITY_F_PER_M = 8.8541878188e-12

REDUCED_PLANCK_J_S = PLANCK_J_S / (2 * math.pi)

#: Superconducting flux quantum Φ0 = h/2e.
FLUX_QUANTUM_WB = PLANCK_J_S / (2 * ELEMENTARY_CHARGE_C)
#: Φ0 in the unit of loop areas and fields: 20.678 G µm² (1 Wb = 1e4 G m² = 1e16 G µm²).
FLUX_QUANTUM_G_UM2 = FLUX_QUANTUM_WB * 1e16

GAUSS_PER_MILLITESLA = 10.0
GAUSS_PER_TESLA = 1e4
