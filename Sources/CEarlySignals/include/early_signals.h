// Nothing to call: see early_signals.c.
#ifndef EARLY_SIGNALS_H
#define EARLY_SIGNALS_H
#endif
