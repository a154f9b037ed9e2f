"""Which loops make a magnetoresistance fluctuate."""
