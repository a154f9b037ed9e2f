"""Synthetic films whose grains are known: growth by coalescence, then a micrograph of it."""

from grainscope.synthetic.film import Film, FilmImage
from grainscope.synthetic.grow_film import grow_film
from grainscope.synthetic.image_film import image_film
from grainscope.synthetic.scene import draw_scene

__all__ = ["Film", "FilmImage", "draw_scene", "grow_film", "image_film"]
