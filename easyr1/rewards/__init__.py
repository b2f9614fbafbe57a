"""From the facts of a turn to its reward."""
