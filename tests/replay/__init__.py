"""Tests of `easyr1.replay`."""
