"""Little pictures of ten kinds of things: CIFAR-10's photographs from the user's files, and drawings made by code."""
