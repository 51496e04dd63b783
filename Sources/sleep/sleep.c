// The sleep of the cached images' containers: they may contain nothing at all, so this needs no libc and no file. It also
// is /bin/sleep of this project's own image.
//
//     sleep infinity
//     sleep DURATION...        the durations add up
//
// A duration is a number of seconds (10, 0.5), as for GNU sleep, or numbers with units (720h, 1h30m, 1d), as in Go. It ends
// with 0 when its time is over, and also when SIGTERM, SIGINT or SIGHUP tells it to: a container that is stopped has not
// failed. Anything else than durations: a line for each wrong argument, and 1.
//
// scripts/build-sleep builds it.
#include "system.h"

typedef unsigned long nanoseconds;  // 64 bits: 584 years

// Never ends. Sums that do not fit end here, too.
static const nanoseconds forever = ~0UL;
static const nanoseconds second = 1000000000;

static nanoseconds sum(nanoseconds a, nanoseconds b)
{
    nanoseconds result;
    return __builtin_add_overflow(a, b, &result) ? forever : result;
}

static nanoseconds product(nanoseconds a, nanoseconds b)
{
    nanoseconds result;
    return __builtin_mul_overflow(a, b, &result) ? forever : result;
}

static int is_digit(char character) { return character >= '0' && character <= '9'; }

// How long `text` is if `whole` begins with it, else 0.
static int length_of_prefix(const char *whole, const char *text)
{
    int length = 0;
    for (; text[length]; length++)
        if (whole[length] != text[length]) return 0;
    return length;
}

static int is_equal(const char *a, const char *b)
{
    int length = length_of_prefix(a, b);
    return length > 0 && !a[length];
}

// Longer names first: "ms" also begins with "m".
static const struct {
    char name[4];
    nanoseconds length;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\u00b5s", 1000},  // Go prints the micro sign, and reads the Greek letter as well.
    {"\u03bcs", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", 60 * 1000000000UL},
    {"h", 3600 * 1000000000UL},
    {"d", 24 * 3600 * 1000000000UL},
};

// Reads one argument.
//
// Returns whether it is a duration.
static int read_duration(const char *text, nanoseconds *result)
{
    *result = forever;
    if (is_equal(text, "infinity") || is_equal(text, "inf")) return 1;

    *result = 0;
    const char *begin = text;
    do {
        nanoseconds whole = 0;
        const char *digits = text;
        for (; is_digit(*text); text++) whole = sum(product(whole, 10), (nanoseconds)(*text - '0'));
        int count = (int)(text - digits);
        const char *fraction = text;
        if (*text == '.') {
            for (fraction = ++text; is_digit(*text); text++) {}
            count += (int)(text - fraction);
        }
        if (count == 0) return 0;

        nanoseconds unit = 0;
        if (!*text && digits == begin) {
            unit = second;  // A number alone.
        } else {
            for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++) {
                int length = length_of_prefix(text, units[i].name);
                if (length == 0) continue;
                unit = units[i].length;
                text += length;
                break;
            }
        }
        if (unit == 0) return 0;

        *result = sum(*result, product(whole, unit));
        for (nanoseconds place = unit / 10; is_digit(*fraction) && place > 0; place /= 10)
            *result = sum(*result, (nanoseconds)(*fraction++ - '0') * place);
    } while (*text);
    return 1;
}

static nanoseconds now(void)
{
    struct timespec time = {0, 0};
    system_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0);
    return (nanoseconds)time.seconds * second + (nanoseconds)time.nanoseconds;
}

// Waits for the end of the time or for one of these signals, whichever comes first.
//
// The kernel keeps a blocked signal, also for process 1 of a container, for which it drops one that has no handler.
static void wait(nanoseconds end, unsigned long signals)
{
    for (;;) {
        struct timespec rest;
        if (end != forever) {
            nanoseconds time = now();
            if (time >= end) return;
            rest.seconds = (long)((end - time) / second);
            rest.nanoseconds = (long)((end - time) % second);
        }
        long limit = end == forever ? 0 : (long)&rest;
        long answer = system_call(SYS_rt_sigtimedwait, (long)&signals, 0, limit, sizeof signals);
        if (answer > 0) return;
        // EAGAIN: the time is over. EINTR: the process was stopped and goes on. Nothing else can happen, and must not spin.
        if (answer != -EAGAIN && answer != -EINTR) system_call(SYS_exit_group, 2, 0, 0, 0);
    }
}

static void print(const char *text)
{
    long length = 0;
    while (text[length]) length++;
    system_call(SYS_write, STANDARD_ERROR, (long)text, length, 0);
}

static unsigned long bit(int signal) { return 1UL << (signal - 1); }

__attribute__((noreturn, used)) static void start(const long *stack)
{
    unsigned long signals = bit(SIGTERM) | bit(SIGINT) | bit(SIGHUP);
    system_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&signals, 0, sizeof signals);
    // As process 1 it inherits the children of others. The kernel removes those of a process that ignores their ends.
    struct sigaction ignore = {SIG_IGN, 0, 0, 0};
    system_call(SYS_rt_sigaction, SIGCHLD, (long)&ignore, 0, sizeof ignore.mask);
    // Those that ended before that, when this process was a shell.
    while (system_call(SYS_wait4, ANY_CHILD, 0, WNOHANG, 0) > 0) {}

    nanoseconds begin = now(), total = 0;
    long count = stack[0];
    const char *const *arguments = (const char *const *)(stack + 1);
    int is_wrong = count < 2;
    if (is_wrong) print("sleep: a duration is missing\n");
    for (long i = 1; i < count; i++) {
        nanoseconds duration;
        if (read_duration(arguments[i], &duration)) {
            total = sum(total, duration);
        } else {
            is_wrong = 1;
            print("sleep: \"");
            print(arguments[i]);
            print("\" is not a duration\n");
        }
    }
    if (is_wrong) {
        print("A duration must be infinity, or a number of seconds such as 10 or 0.5, or numbers with units\n"
              "(ns, us, ms, s, m, h, d) such as 720h or 1h30m. Several durations add up.\n");
        system_call(SYS_exit_group, 1, 0, 0, 0);
    }
    wait(sum(begin, total), signals);
    system_call(SYS_exit_group, 0, 0, 0, 0);
    __builtin_unreachable();
}
