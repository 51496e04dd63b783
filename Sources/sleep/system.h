// What the program needs of Linux, without a libc: where it starts, and system calls. One block per architecture.
#ifndef SYSTEM_H
#define SYSTEM_H

struct timespec {
    long seconds;
    long nanoseconds;
};

// What rt_sigaction takes; both architectures have the same layout.
struct sigaction {
    unsigned long handler;
    unsigned long flags;
    unsigned long restorer;
    unsigned long mask;
};

// From asm/signal.h and friends; the same on both architectures.
enum {
    SIGHUP = 1,
    SIGINT = 2,
    SIGTERM = 15,
    SIGCHLD = 17,
    SIG_IGN = 1,
    SIG_BLOCK = 0,
    CLOCK_MONOTONIC = 1,
    EINTR = 4,
    EAGAIN = 11,
    WNOHANG = 1,
    ANY_CHILD = -1,
    STANDARD_ERROR = 2
};

#if defined(__x86_64__)

enum {
    SYS_write = 1,
    SYS_rt_sigaction = 13,
    SYS_rt_sigprocmask = 14,
    SYS_wait4 = 61,
    SYS_rt_sigtimedwait = 128,
    SYS_clock_gettime = 228,
    SYS_exit_group = 231
};

static inline long system_call(long number, long first, long second, long third, long fourth)
{
    long result;
    register long r10 __asm__("r10") = fourth;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}

// The kernel leaves the number of arguments and their addresses at the stack pointer.
__asm__(".text\n"
        ".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call start\n"
        "    ud2\n");

#elif defined(__aarch64__)

enum {
    SYS_write = 64,
    SYS_exit_group = 94,
    SYS_clock_gettime = 113,
    SYS_rt_sigaction = 134,
    SYS_rt_sigprocmask = 135,
    SYS_rt_sigtimedwait = 137,
    SYS_wait4 = 260
};

static inline long system_call(long number, long first, long second, long third, long fourth)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = first;
    register long x1 __asm__("x1") = second;
    register long x2 __asm__("x2") = third;
    register long x3 __asm__("x3") = fourth;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}

// The kernel leaves the number of arguments and their addresses at the stack pointer.
__asm__(".text\n"
        ".globl _start\n"
        ".type _start, %function\n"
        "_start:\n"
        "    mov x29, #0\n"
        "    mov x30, #0\n"
        "    mov x0, sp\n"
        "    bl start\n"
        "    brk #1\n");

#else
#error "sleep knows the system calls of x86_64 and aarch64 only"
#endif

#endif
