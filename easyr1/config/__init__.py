"""From recipes and command line to a checked configuration, before anything heavy starts."""
