"""Minesweeper: open every cell without a mine, by what the numbers say."""
