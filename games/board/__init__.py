"""Games on a grid of cells: their common knobs, pictures, texts and ways to write an action."""
