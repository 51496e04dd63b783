// Before each request, URLSession compares the URL's host with what libcurl makes of it, and then frees libcurl's URL
// handle by curl_free(), which leaves the handle's parts behind: some 200 bytes a request, for as long as the process
// lives (swift-corelibs-foundation since pull request 4836; seen with Swift 6.3.1). Ten thousand clusters would fill a
// small pod in days. So these functions are found before libcurl's, as in curl_trust.c, and a URL handle that is given
// to curl_free() is cleaned up as libcurl asks for: https://curl.se/libcurl/c/curl_url_cleanup.html

#define _GNU_SOURCE
#include "hooks.h"

typedef void *(*make_function)(void);
typedef void (*free_function)(void *memory);

// The URL handle that this thread made last, unless it is gone. URLSession makes and frees it in one go, and nobody
// else calls curl_free().
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
