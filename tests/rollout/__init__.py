"""Tests of `easyr1.rollout`."""
