"""Memory, disk, bytes and time that a configuration will need, phase by phase: arithmetic, nothing is run."""
