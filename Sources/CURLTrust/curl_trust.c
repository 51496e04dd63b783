// URLSession on Linux offers no way to set a CA bundle: it creates its libcurl handles itself, and libcurl uses the
// bundle whose path was compiled in. But a cluster's API server has a private CA. So this file defines
// curl_easy_init(), which the dynamic linker finds before libcurl's (the executable exports it, see Package.swift); it
// gets a handle from libcurl and sets the bundle on it. No libcurl header is needed: the option numbers are part of
// libcurl's ABI.

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

// Bytes per second of one answer's body. URLSession reads for as long as there is something to read, on one queue for
// all of its tasks: an endless answer that arrives faster than it is processed would fill the memory, and neither
// another task nor the cancellation of this one would ever run. At 16 MiB/s, twenty such answers did so on two cores.
// An answer of the usual 10 KB is not slowed down, and the largest object that etcd stores takes a second and a half.
enum { MOST_BYTES_PER_SECOND = 1024 * 1024 };

// By default, libcurl keeps a parsed bundle for a day; a replaced bundle must take effect sooner.
enum { CA_CACHE_SECONDS = 60 };

typedef void *(*easy_init_function)(void);
typedef int (*easy_setopt_function)(void *handle, int option, ...);

// Written once, before the first handle is created; empty for the system's bundle.
static char bundle_path[PATH_MAX];

void *curl_easy_init(void) {
    easy_init_function init = NEXT(easy_init_function, "curl_easy_init");
    if (init == NULL) return NULL;
    void *handle = init();
    if (handle == NULL || !curl_trust_attach_answer(handle)) return NULL;

    easy_setopt_function setopt = NEXT(easy_setopt_function, "curl_easy_setopt");
    if (setopt != NULL) {
        setopt(handle, OPTION_MAX_RECV_SPEED_LARGE, (int64_t)MOST_BYTES_PER_SECOND);
        // A request that is cancelled while a name server does not answer ends without waiting for its resolver thread;
        // all of URLSession's requests would wait with it. Earlier versions than libcurl 7.87 do wait.
        setopt(handle, OPTION_QUICK_EXIT, 1L);
    }
    if (bundle_path[0] == '\0') return handle;

    // A handle that would trust any other CA is worse than none. The system's directory of CA certificates is not used,
    // as in other Kubernetes clients.
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
        {"curl_multi_assign", (void *)curl_multi_assign},
        {"curl_multi_socket_action", (void *)curl_multi_socket_action},
        {"curl_multi_cleanup", (void *)curl_multi_cleanup},
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
