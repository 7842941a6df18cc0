"""Dense and InputLayer."""
