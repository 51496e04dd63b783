// The kernel drops a signal for process 1 of a container as long as it has no handler. The handlers are set first thing in
// main, but before that the libraries initialise themselves, which takes ten milliseconds and more. What is blocked meanwhile
// waits until main has set its handlers and unblocks it. Other processes are ended by the signal, as it should be.
#include "early_signals.h"

#include <signal.h>
#include <unistd.h>

static void hold_signals_of_process_1(void)
{
    if (getpid() != 1) return;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, 0);
}

// Called before the initialisers of all libraries; possible in an executable only.
__attribute__((section(".preinit_array"), used)) static void (*const hold)(void) = hold_signals_of_process_1;
