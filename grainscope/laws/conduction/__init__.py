"""Laws of conduction, one a file; of temperature and, `FieldPower`, of field."""

from grainscope.laws.conduction.arrhenius import Arrhenius
from grainscope.laws.conduction.efros_shklovskii import EfrosShklovskii
from grainscope.laws.conduction.field_power import FieldPower
from grainscope.laws.conduction.granular_log import GranularLog, contact_conductance
from grainscope.laws.conduction.kondo import ZEEMAN_K_PER_T, Kondo
from grainscope.laws.conduction.law import ConductionLaw
from grainscope.laws.conduction.log_conductance import LogConductance
from grainscope.laws.conduction.log_resistance import LogResistance
from grainscope.laws.conduction.log_slope import LogSlope
from grainscope.laws.conduction.mott_2d import Mott2d
from grainscope.laws.conduction.power import Power
from grainscope.laws.conduction.saturating import Saturating
from grainscope.laws.conduction.saturating_conductance import SaturatingConductance
from grainscope.laws.conduction.weak_localisation import LOCALISATION_S, WeakLocalisation

_LAWS: tuple[ConductionLaw, ...] = (
    Arrhenius(),
    EfrosShklovskii(),
    Mott2d(),
    Power(),
    LogResistance(),
    LogConductance(),
    WeakLocalisation(),
    GranularLog(),
    Kondo(),
    Saturating(),
    SaturatingConductance(),
)
#: Laws of R(T) by name, in the order of tables.
RESISTANCE_LAWS: dict[str, ConductionLaw] = {law.name: law for law in _LAWS}

__all__ = [
    "LOCALISATION_S",
    "RESISTANCE_LAWS",
    "ZEEMAN_K_PER_T",
    "Arrhenius",
    "ConductionLaw",
    "EfrosShklovskii",
    "FieldPower",
    "GranularLog",
    "Kondo",
    "LogConductance",
    "LogResistance",
    "LogSlope",
    "Mott2d",
    "Power",
    "Saturating",
    "SaturatingConductance",
    "WeakLocalisation",
    "contact_conductance",
]
