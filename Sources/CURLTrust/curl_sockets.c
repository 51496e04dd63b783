// libcurl tells URLSession which events of a socket it waits for, and URLSession creates a Dispatch source for each,
// and cancels it when libcurl waits no longer, which is several times in each request. Each of these steps wakes the
// thread that waits for all of Dispatch's sources. That cost more than what the events were for: three of nine context
// switches in each request. It does the same whenever libcurl's next timeout changes, which cost two more. And
// URLSession removes a source only when libcurl waits for no event of its socket at all, while a socket that has been
// connected is always writable: one watch on a new connection kept a whole core busy (seen with Swift 6.3.1 and libcurl
// 7.88).
//
// So the functions below are found before libcurl's, as in curl_trust.c, and URLSession hears of one file only: an epoll
// file, which is readable while any of the session's sockets is ready, or its timeout is over (a timer file). They are
// added to it and removed from it here, which wakes no thread; and when URLSession says that the file is readable,
// libcurl is told which sockets are ready, up to 64 at once. epoll(7), timerfd_create(2),
// https://curl.se/libcurl/c/CURLMOPT_SOCKETFUNCTION.html, CURLMOPT_TIMERFUNCTION.html, curl_multi_socket_action.html,
// curl_multi_assign.html
//
// All calls for one multi handle come from the queue of its session, one after the other.

#define _GNU_SOURCE
#include "hooks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { POLL_IN = 1, POLL_OUT = 2, POLL_REMOVE = 4 };
enum { READY_IN = 1, READY_OUT = 2 };
enum { MULTI_OK = 0, MULTI_OUT_OF_MEMORY = 3 };
// What libcurl is told instead of a socket when its timeout is over.
enum { SOCKET_TIMEOUT = -1 };
// What is told at once. The rest is told after what waits in the session's queue: a cancellation, or a new request.
enum { MOST_EVENTS = 64 };

typedef int (*socket_function)(void *easy, int socket, int events, void *session, void *sources);
typedef int (*timer_function)(void *multi, long milliseconds, void *session);
typedef int (*multi_setopt_function)(void *multi, int option, ...);
typedef int (*multi_assign_function)(void *multi, int socket, void *pointer);
typedef int (*multi_socket_action_function)(void *multi, int socket, int ready, int *running);
typedef int (*multi_cleanup_function)(void *multi);

// The sockets of one multi handle, and its next timeout.
struct sockets {
    struct sockets *next;
    void *multi;
    // URLSession's callbacks, and what they are to be called with.
    socket_function tell;
    void *session;
    timer_function tell_time;
    void *session_of_timer;
    // The epoll file, and the timer file in it; -1 if there are none, and URLSession hears of each socket and timeout.
    int file;
    int timer;
    // The sockets that are in the epoll file, and the timer file while it is set. URLSession has a source for the epoll
    // file while there are any.
    unsigned count;
    // Whether the timer file is set.
    int has_time;
    // What URLSession keeps for that source.
    void *sources;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sockets *all;

// Those of a multi handle; NULL if they are unknown.
static struct sockets *sockets_of(void *multi) {
    pthread_mutex_lock(&lock);
    struct sockets *found = all;
    while (found != NULL && found->multi != multi) found = found->next;
    pthread_mutex_unlock(&lock);
    return found;
}

static void close_files(struct sockets *sockets) {
    if (sockets->file >= 0) close(sockets->file);
    if (sockets->timer >= 0) close(sockets->timer);
    sockets->file = sockets->timer = -1;
}

// Opens both files or none.
static void open_files(struct sockets *sockets) {
    sockets->file = epoll_create1(EPOLL_CLOEXEC);
    sockets->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = sockets->timer}};
    if (sockets->file >= 0 && sockets->timer >= 0
        && epoll_ctl(sockets->file, EPOLL_CTL_ADD, sockets->timer, &event) == 0) return;
    close_files(sockets);
}

static struct sockets *add_sockets(void *multi) {
    struct sockets *added = calloc(1, sizeof(struct sockets));
    if (added == NULL) return NULL;
    added->multi = multi;
    open_files(added);
    pthread_mutex_lock(&lock);
    added->next = all;
    all = added;
    pthread_mutex_unlock(&lock);
    return added;
}

// Has the epoll file watch a socket; 0 if it cannot.
static int watch(int file, int socket, int events, int is_known) {
    struct epoll_event event = {
        .events = ((events & POLL_IN) != 0 ? EPOLLIN : 0) | ((events & POLL_OUT) != 0 ? EPOLLOUT : 0),
        .data = {.fd = socket},
    };
    if (epoll_ctl(file, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) == 0) return 1;
    // The kernel knows best whether it is there.
    if (errno != (is_known ? ENOENT : EEXIST)) return 0;
    return epoll_ctl(file, is_known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) == 0;
}

// Has URLSession listen to the epoll file while there is anything in it that may become ready. It does not look at the
// easy handle.
static int update(struct sockets *sockets, void *easy) {
    if ((sockets->count > 0) == (sockets->sources != NULL)) return 0;
    if (sockets->count > 0) return sockets->tell(easy, sockets->file, POLL_IN, sockets->session, NULL);
    void *sources = sockets->sources;
    sockets->sources = NULL;
    return sockets->tell(easy, sockets->file, POLL_REMOVE, sockets->session, sources);
}

// Sets the timer file to so many milliseconds from now; 0 stops it.
static void set_timer(struct sockets *sockets, long milliseconds) {
    if (milliseconds == 0 && !sockets->has_time) return;
    struct itimerspec time = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000000}};
    timerfd_settime(sockets->timer, 0, &time, NULL);
    int has_time = milliseconds > 0;
    sockets->count += has_time - sockets->has_time;
    sockets->has_time = has_time;
}

// libcurl's word that it waits for events of a socket. `known` is what curl_multi_assign() has set for it.
static int hear(void *easy, int socket, int events, void *data, void *known) {
    struct sockets *sockets = data;
    if (sockets->file < 0) return sockets->tell(easy, socket, events, sockets->session, known);

    if (events == POLL_REMOVE) {
        epoll_ctl(sockets->file, EPOLL_CTL_DEL, socket, NULL);
        if (known != NULL) sockets->count -= 1;
        return update(sockets, easy);
    }

    // A socket that cannot be watched, for lack of memory, makes its request wait until its time is up. An error would end
    // all requests of the session, for ever.
    if (!watch(sockets->file, socket, events, known != NULL) || known != NULL) return 0;
    multi_assign_function assign = NEXT(multi_assign_function, "curl_multi_assign");
    if (assign == NULL || assign(sockets->multi, socket, sockets) != MULTI_OK) return 0;
    sockets->count += 1;
    return update(sockets, easy);
}

// libcurl's word that its next timeout is over in so many milliseconds, or that there is none (-1).
static int hear_time(void *multi, long milliseconds, void *data) {
    struct sockets *sockets = data;
    if (sockets->file < 0) return sockets->tell_time(multi, milliseconds, sockets->session_of_timer);
    set_timer(sockets, milliseconds > 0 ? milliseconds : 0);
    int result = update(sockets, multi);
    // At once: URLSession then calls back without a source.
    return milliseconds != 0 ? result : sockets->tell_time(multi, 0, sockets->session_of_timer);
}

int curl_trust_set_waiting(void *multi, int option, void *value) {
    multi_setopt_function setopt = NEXT(multi_setopt_function, "curl_multi_setopt");
    struct sockets *sockets = sockets_of(multi);
    if (sockets == NULL) sockets = add_sockets(multi);
    if (setopt == NULL || sockets == NULL) return MULTI_OUT_OF_MEMORY;
    int result;
    switch (option) {
    case OPTION_SOCKETFUNCTION:
        sockets->tell = (socket_function)value;
        result = setopt(multi, OPTION_SOCKETDATA, sockets);
        return result != MULTI_OK ? result : setopt(multi, option, value == NULL ? NULL : hear);
    case OPTION_TIMERFUNCTION:
        sockets->tell_time = (timer_function)value;
        result = setopt(multi, OPTION_TIMERDATA, sockets);
        return result != MULTI_OK ? result : setopt(multi, option, value == NULL ? NULL : hear_time);
    case OPTION_SOCKETDATA:
        sockets->session = value;
        return MULTI_OK;
    default:
        sockets->session_of_timer = value;
        return MULTI_OK;
    }
}

int curl_multi_assign(void *multi, int socket, void *pointer) {
    struct sockets *sockets = sockets_of(multi);
    if (sockets != NULL && sockets->file >= 0 && socket == sockets->file) {
        sockets->sources = pointer;
        return MULTI_OK;
    }
    multi_assign_function assign = NEXT(multi_assign_function, "curl_multi_assign");
    return assign == NULL ? MULTI_OUT_OF_MEMORY : assign(multi, socket, pointer);
}

// Acts on one event; the result is libcurl's.
static int act_on(struct sockets *sockets, int file, int events, int *running) {
    multi_socket_action_function act = NEXT(multi_socket_action_function, "curl_multi_socket_action");
    if (act == NULL) return MULTI_OUT_OF_MEMORY;
    if (file == SOCKET_TIMEOUT || file == sockets->timer) {
        // libcurl then tells its next timeout, and says nothing if there is none.
        set_timer(sockets, 0);
        int result = act(sockets->multi, SOCKET_TIMEOUT, 0, running);
        return result != MULTI_OK || sockets->file < 0 ? result : update(sockets, sockets->multi);
    }
    // Without any of the two, libcurl looks by itself at what has happened.
    int ready =
        ((events & EPOLLIN) != 0 ? READY_IN : 0) | ((events & EPOLLOUT) != 0 ? READY_OUT : 0);
    return act(sockets->multi, file, ready, running);
}

int curl_multi_socket_action(void *multi, int socket, int ready, int *running) {
    struct sockets *sockets = sockets_of(multi);
    if (sockets != NULL && socket == SOCKET_TIMEOUT) return act_on(sockets, socket, 0, running);
    if (sockets == NULL || sockets->file < 0 || socket != sockets->file) {
        multi_socket_action_function act = NEXT(multi_socket_action_function, "curl_multi_socket_action");
        return act == NULL ? MULTI_OUT_OF_MEMORY : act(multi, socket, ready, running);
    }
    struct epoll_event events[MOST_EVENTS];
    int count = epoll_wait(sockets->file, events, MOST_EVENTS, 0);
    // A socket may be gone, or be another one, since an earlier one was acted on: libcurl ignores one that it does not
    // wait for, and finds nothing to read on one that is not ready. Nor does a timeout that is not over do any harm.
    for (int index = 0; index < count; index++) {
        int result = act_on(sockets, events[index].data.fd, (int)events[index].events, running);
        if (result != MULTI_OK) return result;
    }
    return MULTI_OK;
}

int curl_multi_cleanup(void *multi) {
    multi_cleanup_function clean_up = NEXT(multi_cleanup_function, "curl_multi_cleanup");
    if (clean_up == NULL) return MULTI_OUT_OF_MEMORY;
    // First, since another multi handle may get its address as soon as it is free.
    pthread_mutex_lock(&lock);
    struct sockets **place = &all;
    while (*place != NULL && (*place)->multi != multi) place = &(*place)->next;
    struct sockets *sockets = *place;
    if (sockets != NULL) *place = sockets->next;
    pthread_mutex_unlock(&lock);
    int result = clean_up(multi);
    // URLSession's source is gone: a session lives until all of its sources are.
    if (sockets != NULL) close_files(sockets);
    free(sockets);
    return result;
}
