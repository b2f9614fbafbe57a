"""Which levels are played, and in what order."""
