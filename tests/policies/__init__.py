"""Tests of `easyr1.policies`."""
