"""Packing: drop pieces of two to four blocks into a well and clear full rows."""
