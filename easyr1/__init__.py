"""EasyR1: reinforcement learning of vision-language models on visual games."""
