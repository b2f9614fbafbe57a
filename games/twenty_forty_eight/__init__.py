"""2048: slide all tiles at once; equal tiles that meet merge into their sum."""
