"""Rows averaged, and curves followed by local polynomials."""
