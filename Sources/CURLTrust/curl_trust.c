// URLSession on Linux has no way to name a CA bundle: it makes its libcurl handles itself, and libcurl uses the
// one that was compiled in. A cluster's API server has a private CA. So this file defines curl_easy_init(), which
// the dynamic linker finds before libcurl's (the executable exports it, see Package.swift); it asks libcurl for a
// handle and sets the bundle on it. No libcurl header is needed: the option numbers are part of libcurl's ABI.

#define _GNU_SOURCE
#include "curl_trust.h"
#include "hooks.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

// https://curl.se/libcurl/c/CURLOPT_CAINFO.html, CURLOPT_CAPATH.html, CURLOPT_CA_CACHE_TIMEOUT.html,
// CURLOPT_MAX_RECV_SPEED_LARGE.html, CURLOPT_QUICK_EXIT.html
enum {
    OPTION_CAINFO = 10065,
    OPTION_CAPATH = 10097,
    OPTION_CA_CACHE_TIMEOUT = 321,
    OPTION_QUICK_EXIT = 322,
    OPTION_MAX_RECV_SPEED_LARGE = 30146
};

// Bytes per second of one answer's body. URLSession reads as long as there is something to read, on one queue for all of
// its tasks: an endless answer that comes faster than it is read would fill the memory, and no other task, nor the
// cancellation of this one, would ever have its turn. At 16 MiB/s, twenty of them did so on two cores. An answer of
// the usual 10 KB is not slowed down, and the largest object of an etcd takes a second and a half.
enum { MOST_BYTES_PER_SECOND = 1024 * 1024 };

// libcurl keeps a parsed bundle for a day by default; a bundle that is replaced is to count sooner.
enum { CA_CACHE_SECONDS = 60 };

typedef void *(*easy_init_function)(void);
typedef int (*easy_setopt_function)(void *handle, int option, ...);

// Written once, before the first handle is made; empty for the system's bundle.
static char bundle_path[PATH_MAX];

void *curl_easy_init(void) {
    easy_init_function init = NEXT(easy_init_function, "curl_easy_init");
    if (init == NULL) return NULL;
    void *handle = init();
    if (handle == NULL || !curl_trust_attach_answer(handle)) return NULL;

    easy_setopt_function setopt = NEXT(easy_setopt_function, "curl_easy_setopt");
    if (setopt != NULL) {
        setopt(handle, OPTION_MAX_RECV_SPEED_LARGE, (int64_t)MOST_BYTES_PER_SECOND);
        // A request that is given up while a name server is silent ends without its resolver's thread, for which all
        // of URLSession's requests would have to wait. libcurl 7.87 or later; others do wait.
        setopt(handle, OPTION_QUICK_EXIT, 1L);
    }
    if (bundle_path[0] == '\0') return handle;

    // A handle that would trust anybody else is worse than none. The system's directory of CA certificates is
    // switched off, as Kubernetes clients do.
    if (setopt == NULL || setopt(handle, OPTION_CAINFO, bundle_path) != 0
        || setopt(handle, OPTION_CAPATH, (char *)NULL) != 0) {
        return NULL;
    }
    setopt(handle, OPTION_CA_CACHE_TIMEOUT, (long)CA_CACHE_SECONDS);
    return handle;
}

static int are_hooked(void) {
    static const struct {
        const char *name;
        void *ours;
    } hooks[] = {
        {"curl_easy_init", (void *)curl_easy_init},
        {"curl_easy_setopt", (void *)curl_easy_setopt},
        {"curl_easy_cleanup", (void *)curl_easy_cleanup},
        {"curl_multi_info_read", (void *)curl_multi_info_read},
        {"curl_multi_setopt", (void *)curl_multi_setopt},
        {"curl_url", (void *)curl_url},
        {"curl_url_cleanup", (void *)curl_url_cleanup},
        {"curl_free", (void *)curl_free},
    };
    for (size_t hook = 0; hook < sizeof(hooks) / sizeof(hooks[0]); hook++) {
        if (dlsym(RTLD_DEFAULT, hooks[hook].name) != hooks[hook].ours) return 0;
    }
    return 1;
}

enum curl_trust_result curl_trust_install(const char *bundle) {
    if (!are_hooked()) return CURL_TRUST_NOT_HOOKED;
    if (bundle == NULL) return CURL_TRUST_INSTALLED;
    if (strlen(bundle) >= sizeof(bundle_path)) return CURL_TRUST_PATH_TOO_LONG;
    strcpy(bundle_path, bundle);
    return CURL_TRUST_INSTALLED;
}
