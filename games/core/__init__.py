"""What every game shares: the contract, the Gymnasium and the chat environment, reply tags, grids, grading, the checker."""
