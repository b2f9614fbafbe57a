"""EasyR1: reinforcement learning of vision-language models on visual games."""

__version__ = "0.1.0"
