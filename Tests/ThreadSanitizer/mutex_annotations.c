// Tells ThreadSanitizer what it cannot see of Swift's `Mutex`. `scripts/thread-sanitizer` links this file into
// everything that it builds; nothing else uses it.
//
// A `Mutex` is locked and unlocked by an atomic exchange that the compiler emits into the code that uses the mutex, and
// that ThreadSanitizer sees. Only if the mutex is contended, `_lockSlow` and similar functions are called, which wait
// in the kernel. They are compiled into libswiftSynchronization.so without ThreadSanitizer, so to ThreadSanitizer a
// thread that had to wait never locked the mutex, and it reports a race on everything that a contended mutex guards.
// The functions below replace these functions, call them, and report to ThreadSanitizer that the mutex was acquired or
// released. A race with an access that does not take the lock is still found; `scripts/thread-sanitizer --prove` shows
// all of this.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A Swift method receives `self` in a separate register.
#define METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// `Synchronization._MutexHandle._lockSlow(_: UInt32)`, `._tryLockSlow() -> Bool`, `._unlockSlow()` of Swift 6.3 on
// Linux.
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef METHOD void (*lock_method)(uint32_t thread, SELF);
typedef METHOD bool (*try_lock_method)(SELF);
typedef METHOD void (*unlock_method)(SELF);

METHOD void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
METHOD bool try_lock_slow(SELF) __asm__(TRY_LOCK_SLOW);
METHOD void unlock_slow(SELF) __asm__(UNLOCK_SLOW);

// From ThreadSanitizer's runtime. An address has only one clock, which the atomic exchanges on it use, too.
void __tsan_acquire(void *address);
void __tsan_release(void *address);

// The folder for reports, which the script sets, and the exit code of a process with reports.
const char *__tsan_default_options(void) { return "exitcode=66:log_path=" REPORTS; }

static lock_method library_lock_slow;
static try_lock_method library_try_lock_slow;
static unlock_method library_unlock_slow;

__attribute__((constructor)) static void find_library_functions(void) {
    library_lock_slow = (lock_method)dlsym(RTLD_NEXT, LOCK_SLOW);
    library_try_lock_slow = (try_lock_method)dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
    library_unlock_slow = (unlock_method)dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

METHOD void lock_slow(uint32_t thread, SELF) {
    library_lock_slow(thread, self);
    __tsan_acquire(self);
}

METHOD bool try_lock_slow(SELF) {
    bool is_locked = library_try_lock_slow(self);
    if (is_locked) __tsan_acquire(self);
    return is_locked;
}

METHOD void unlock_slow(SELF) {
    __tsan_release(self);
    library_unlock_slow(self);
}
