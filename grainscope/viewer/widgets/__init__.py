"""Docked widgets, one a file. What they work out lies in files without Qt beside this folder."""
