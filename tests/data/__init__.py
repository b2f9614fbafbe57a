"""Tests of `easyr1.data`."""
