"""A film under correction: its labels by hand, and tables that follow every edit."""

from grainscope.corrections.change import Change
from grainscope.corrections.live_film import LiveFilm

__all__ = ["Change", "LiveFilm"]
