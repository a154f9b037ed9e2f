"""Kernels of the analyses along the field."""
