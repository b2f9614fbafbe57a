"""Episodes: the one loop that training, evaluation and tests share."""
