"""Tests of `easyr1.rewards`."""
