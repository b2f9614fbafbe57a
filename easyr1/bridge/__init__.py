"""The only door to verl, Ray and vLLM: everything here adapts the plain packages to the engine, nothing else."""
