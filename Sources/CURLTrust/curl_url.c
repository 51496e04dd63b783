// Before each request, URLSession compares the URL's host with the host that libcurl parses, and then frees libcurl's
// URL handle with curl_free(), which does not free the handle's parts: some 200 bytes leak with each request
// (swift-corelibs-foundation since pull request 4836; seen with Swift 6.3.1). With ten thousand clusters, that would
// fill the memory of a small pod in days. So the functions below are found before libcurl's, as in curl_trust.c, and a
// URL handle that is passed to curl_free() is cleaned up as libcurl requires:
// https://curl.se/libcurl/c/curl_url_cleanup.html

#define _GNU_SOURCE
#include "hooks.h"

typedef void *(*make_function)(void);
typedef void (*free_function)(void *memory);

// The URL handle that this thread created last, unless it was freed. URLSession creates and frees it without using
// another one in between, and calls curl_free() for nothing else.
static _Thread_local void *latest;

void *curl_url(void) {
    make_function make = NEXT(make_function, "curl_url");
    latest = make == NULL ? NULL : make();
    return latest;
}

void curl_url_cleanup(void *handle) {
    if (handle == latest) latest = NULL;
    free_function clean_up = NEXT(free_function, "curl_url_cleanup");
    if (clean_up != NULL) clean_up(handle);
}

void curl_free(void *memory) {
    if (memory != NULL && memory == latest) {
        curl_url_cleanup(memory);
        return;
    }
    free_function release = NEXT(free_function, "curl_free");
    if (release != NULL) release(memory);
}
