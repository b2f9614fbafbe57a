"""What every game shares: contract, environments, reply tags, grids, grading, checker."""
