// Simulates a name server that does not answer, in the tests' process only: this getaddrinfo() is found before the C
// library's. Unlike another resolv.conf, that needs no privileges.

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
