// A name server that does not answer, for the tests' process: this getaddrinfo() is found before the C library's, which
// needs no privileges, as another resolv.conf would.

#define _GNU_SOURCE
#include "silent_names.h"

#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef int (*getaddrinfo_function)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    if (node != NULL && strcmp(node, SILENT_NAME) == 0) {
        sleep(SILENT_SECONDS);
        return EAI_AGAIN;
    }
    getaddrinfo_function next = (getaddrinfo_function)dlsym(RTLD_NEXT, "getaddrinfo");
    return next == NULL ? EAI_SYSTEM : next(node, service, hints, result);
}
