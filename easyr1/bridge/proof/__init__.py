"""The proof that this machine trains: real stages in small, each with a time limit, their figures and bounds."""
