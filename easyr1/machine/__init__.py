"""Facts about this machine: GPUs, driver, memory, disk, packages, ports. It needs the standard library alone."""
