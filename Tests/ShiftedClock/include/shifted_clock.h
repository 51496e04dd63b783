// Nothing to call: see shifted_clock.c.
