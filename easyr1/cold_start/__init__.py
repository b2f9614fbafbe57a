"""Cold start: examples of good replies, and the supervised training on them, before reinforcement learning."""
