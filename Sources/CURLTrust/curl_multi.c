// Three of URLSession's settings for the connections of a session, which do not suit many clusters. curl_multi_setopt()
// is found before libcurl's, as in curl_trust.c, and changes them (seen with Swift 6.3.1 and libcurl 7.88):
//
// libcurl says which events of a socket it waits for, and URLSession makes a source of Dispatch for each; but it takes
// none of them away before the socket is not waited for at all. A connection that is being opened is waited for to
// become writable, which it then always is: until its first answer has ended, its source fires as fast as it can. One
// watch on a new connection costs a whole core. So a callback is put between them: when libcurl no longer waits for a
// socket to become writable, URLSession hears first that it waits for nothing, and then for what.
// https://curl.se/libcurl/c/CURLMOPT_SOCKETFUNCTION.html
//
// Over HTTP/2, requests share a connection, and who is slow to read holds up all others on it: one cluster's endless
// answer, or a watch that is given up while its events are on their way. So each request in flight has a connection of
// its own, as over HTTP/1.1. https://curl.se/libcurl/c/CURLMOPT_PIPELINING.html
//
// URLSession bounds the connections to each host. Where each cluster has a host name of its own, that bounds nothing,
// and those that are kept add up: so the bound is one for all hosts, too, and the connection that was idle for longest
// makes room for a new one. https://curl.se/libcurl/c/CURLMOPT_MAX_TOTAL_CONNECTIONS.html

#define _GNU_SOURCE
#include "hooks.h"

#include <stdarg.h>
#include <stdint.h>

enum { SHARE_NOTHING = 0 };
enum { POLL_IN = 1, POLL_OUT = 2, POLL_REMOVE = 4 };
enum {
    OPTION_PIPELINING = 3,
    OPTION_MAX_HOST_CONNECTIONS = 7,
    OPTION_MAX_TOTAL_CONNECTIONS = 13,
    OPTION_SOCKETFUNCTION = 20001
};
// Sockets with higher numbers are left alone.
enum { MOST_SOCKETS = 1 << 16 };

typedef int (*socket_function)(void *easy, int socket, int events, void *session, void *sources);
typedef int (*multi_setopt_function)(void *multi, int option, ...);

// URLSession's callback, the same for all of its sessions.
static _Atomic(socket_function) url_session;
// Whether URLSession has a source that fires when the socket is writable.
static atomic_bool fires_when_writable[MOST_SOCKETS];

static int hear(void *easy, int socket, int events, void *session, void *sources) {
    socket_function tell = atomic_load(&url_session);
    if (socket >= 0 && socket < MOST_SOCKETS) {
        int is_out = events != POLL_REMOVE && (events & POLL_OUT) != 0;
        int was_out = atomic_exchange(&fires_when_writable[socket], is_out);
        if (was_out && events == POLL_IN) {
            tell(easy, socket, POLL_REMOVE, session, sources);
            // It has let go of its sources, and makes new ones.
            sources = NULL;
        }
    }
    return tell(easy, socket, events, session, sources);
}

int curl_multi_setopt(void *multi, int option, ...) {
    multi_setopt_function setopt = NEXT(multi_setopt_function, "curl_multi_setopt");
    if (setopt == NULL) return 1;
    va_list values;
    va_start(values, option);
    int result;
    if (option == OPTION_SOCKETFUNCTION) {
        socket_function given = va_arg(values, socket_function);
        socket_function known = NULL;
        // Another callback than URLSession's is handed on as it is.
        int is_url_session = atomic_compare_exchange_strong(&url_session, &known, given) || known == given;
        result = setopt(multi, option, given != NULL && is_url_session ? hear : given);
    } else if (option == OPTION_PIPELINING) {
        result = setopt(multi, option, (long)SHARE_NOTHING);
    } else if (option == OPTION_MAX_HOST_CONNECTIONS) {
        long most = va_arg(values, long);
        result = setopt(multi, option, most);
        if (result == 0) result = setopt(multi, OPTION_MAX_TOTAL_CONNECTIONS, most);
    } else if (option < FIRST_POINTER_OPTION) {
        result = setopt(multi, option, va_arg(values, long));
    } else if (option < FIRST_OFFSET_OPTION) {
        result = setopt(multi, option, va_arg(values, void *));
    } else {
        result = setopt(multi, option, va_arg(values, int64_t));
    }
    va_end(values);
    return result;
}
