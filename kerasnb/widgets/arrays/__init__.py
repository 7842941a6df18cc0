"""Arrays of any number of axes, to look at."""
