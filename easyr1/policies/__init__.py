"""Players that need no model: scripts, solvers and dice."""
