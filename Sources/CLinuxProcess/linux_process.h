// What Swift's module of glibc lacks to start programs.
#ifndef LINUX_PROCESS_H
#define LINUX_PROCESS_H

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

// Has the program that posix_spawn starts inherit no file from this number on. glibc (2.34 and later) declares it only for
// _GNU_SOURCE.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// Starts a program that is told to end when its parent is gone, however that ended. Neither posix_spawn nor Foundation's
// Process can do that, and Swift cannot fork.
//
// The child gets SIGTERM when the calling thread ends, so that thread must live as long as the child. It has a process group
// of its own: what is typed at the terminal reaches the parent alone. Between fork and execve there are only calls that are
// safe in a process with several threads.
//
// Returns the child's process id, or -1 and errno. A program that cannot be started ends with 127.
static inline pid_t start_bound_program(
    const char *path, char *const arguments[], char *const environment[], int input, int output)
{
    pid_t parent = getpid();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        // It may be gone already.
        if (getppid() != parent) _exit(127);
        dup2(input, STDIN_FILENO);
        dup2(output, STDOUT_FILENO);
        sigemptyset(&before);
        pthread_sigmask(SIG_SETMASK, &before, 0);
        execve(path, arguments, environment);
        _exit(127);
    }
    pthread_sigmask(SIG_SETMASK, &before, 0);
    return child;
}

#endif
