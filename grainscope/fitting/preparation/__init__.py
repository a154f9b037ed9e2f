"""TransportData → TransportCurves: sweeps, noise, offset of the field, floor."""
