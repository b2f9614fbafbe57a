"""Bit-exact drawing in numpy: colours, shapes, tiles and boards."""
