#ifndef HOOKS_H
#define HOOKS_H

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

struct multi_message;
struct header_list;

// The functions that the dynamic linker finds before libcurl's.
void *curl_easy_init(void);
int curl_easy_setopt(void *easy, int option, ...);
void curl_easy_cleanup(void *easy);
struct multi_message *curl_multi_info_read(void *multi, int *left);
int curl_multi_setopt(void *multi, int option, ...);
int curl_multi_assign(void *multi, int socket, void *pointer);
int curl_multi_socket_action(void *multi, int socket, int ready, int *running);
int curl_multi_cleanup(void *multi);
void *curl_url(void);
void curl_url_cleanup(void *handle);
void curl_free(void *memory);

// Makes the answer that a new handle receives pass through curl_answer.c; 0 if that fails.
int curl_trust_attach_answer(void *easy);

// Splits each header with several lines into one header per line; 0 if memory runs out.
int curl_trust_split_lines(struct header_list *headers);

// What URLSession sets for a multi handle so that it can wait for the handle's sockets and timeouts.
// https://curl.se/libcurl/c/curl_multi_setopt.html
enum {
    OPTION_SOCKETDATA = 10002,
    OPTION_TIMERDATA = 10005,
    OPTION_SOCKETFUNCTION = 20001,
    OPTION_TIMERFUNCTION = 20004
};

// Takes one of these; the result is libcurl's.
int curl_trust_set_waiting(void *multi, int option, void *value);

// libcurl's function of this name, which this library's own function hides. It is looked up once, because some are
// called dozens of times in each request. NULL if there is none.
#define NEXT(type, name)                                                                                              \
    ({                                                                                                                \
        static _Atomic(type) known;                                                                                   \
        type next = atomic_load_explicit(&known, memory_order_relaxed);                                               \
        if (next == NULL) {                                                                                           \
            next = (type)dlsym(RTLD_NEXT, name);                                                                      \
            atomic_store_explicit(&known, next, memory_order_relaxed);                                                \
        }                                                                                                             \
        next;                                                                                                         \
    })

// The type of an option's value follows from its number: https://curl.se/libcurl/c/curl_easy_setopt.html
enum { FIRST_POINTER_OPTION = 10000, FIRST_OFFSET_OPTION = 30000, FIRST_BLOB_OPTION = 40000 };

#endif
