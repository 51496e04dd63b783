// This library has no functions to call; see shifted_clock.c.
