"""Errors meant for users: one line that says what was given, what was expected, and which key to change."""

from __future__ import annotations


class ConfigError(ValueError):
    """A configuration that cannot run; raised before anything heavy starts."""


class ResumeError(ConfigError):
    """A run that cannot go on from what its folder holds."""
