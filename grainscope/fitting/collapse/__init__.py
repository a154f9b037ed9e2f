"""Isotherms on one curve of a scaled field."""
