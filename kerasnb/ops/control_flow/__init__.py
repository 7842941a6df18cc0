"""cond, while_loop, scan, ...: operations that call functions."""
