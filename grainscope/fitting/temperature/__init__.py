"""Kernels of the analyses along the temperature."""
