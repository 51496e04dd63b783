// Three settings for the connections of a URLSession do not suit many clusters. The curl_multi_setopt() below is found
// before libcurl's, as in curl_trust.c, and changes them (seen with Swift 6.3.1 and libcurl 7.88):
//
// Over HTTP/2, requests share a connection, and an answer that is read slowly holds up all others on it: one cluster's
// endless answer, or a watch that is cancelled while its events are on their way. So each request in flight has its own
// connection, as over HTTP/1.1. https://curl.se/libcurl/c/CURLMOPT_PIPELINING.html
//
// An HTTP/2 connection outlives a request that is cancelled, such as the watch of a rollout: only its stream is reset.
// But libcurl, unless told otherwise, closes an idle connection whenever a request ends while there are more than four
// times as many connections as requests. After a hundred watches, few requests are left, so most of their connections
// were closed, and the next requests paid for as many TLS handshakes. So as many are kept as there may be. Those that
// have been idle for two minutes, or were closed by the server, are closed at the next request.
// https://curl.se/libcurl/c/CURLMOPT_MAXCONNECTS.html, CURLOPT_MAXAGE_CONN.html
//
// URLSession limits the connections to each host. If each cluster has its own host name, that limits nothing, and the
// connections that are kept open add up. So the same limit also applies to all hosts together, and the connection that
// was idle for longest is closed for a new one. https://curl.se/libcurl/c/CURLMOPT_MAX_TOTAL_CONNECTIONS.html

#define _GNU_SOURCE
#include "hooks.h"

#include <stdarg.h>
#include <stdint.h>

enum { SHARE_NOTHING = 0 };
enum {
    OPTION_PIPELINING = 3,
    OPTION_MAXCONNECTS = 6,
    OPTION_MAX_HOST_CONNECTIONS = 7,
    OPTION_MAX_TOTAL_CONNECTIONS = 13
};
typedef int (*multi_setopt_function)(void *multi, int option, ...);

int curl_multi_setopt(void *multi, int option, ...) {
    multi_setopt_function setopt = NEXT(multi_setopt_function, "curl_multi_setopt");
    if (setopt == NULL) return 1;
    va_list values;
    va_start(values, option);
    int result;
    if (option == OPTION_SOCKETFUNCTION || option == OPTION_SOCKETDATA || option == OPTION_TIMERFUNCTION
        || option == OPTION_TIMERDATA) {
        result = curl_trust_set_waiting(multi, option, va_arg(values, void *));
    } else if (option == OPTION_PIPELINING) {
        result = setopt(multi, option, (long)SHARE_NOTHING);
    } else if (option == OPTION_MAX_HOST_CONNECTIONS) {
        long most = va_arg(values, long);
        result = setopt(multi, option, most);
        if (result == 0) result = setopt(multi, OPTION_MAX_TOTAL_CONNECTIONS, most);
        if (result == 0) result = setopt(multi, OPTION_MAXCONNECTS, most);
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
