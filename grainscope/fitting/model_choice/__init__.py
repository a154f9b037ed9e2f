"""Which rows a law holds for, whether it fits, and what several fits say together."""
