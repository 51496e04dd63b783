// What a server may send is more than URLSession is made for (seen with Swift 6.3.1):
//
// - A connection that ends within the head of an answer, after its first line, is a success for libcurl; URLSession then
//   misses the head, and ends the process.
// - It keeps the body of a redirect for itself: its delegate can count no bytes and end nothing, and each piece is
//   copied with all pieces before it.
// - It stops at a redirect and at a request for a password, to ask its delegate what to do, and ends the process when
//   the answer comes at a bad moment.
// - It takes the head of an interim answer (100 Continue) for that of the answer, and trailers for a head that begins.
//
// So it is told of an answer what it can bear: one whole head, which asks for nothing. A redirect and a 401 come to it
// under other numbers, see curl_trust.h; interim heads and trailers not at all; and an answer whose head is not whole is
// a failure. For that, these functions are found before libcurl's, as in curl_trust.c.
// https://curl.se/libcurl/c/CURLOPT_HEADERFUNCTION.html, https://curl.se/libcurl/c/curl_multi_info_read.html

#define _GNU_SOURCE
#include "curl_trust.h"
#include "hooks.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_HEADERDATA = 10029, OPTION_HEADERFUNCTION = 20079, OPTION_PRIVATE = 10103, INFO_PRIVATE = 0x100015 };
enum { MESSAGE_DONE = 1, RESULT_OK = 0, RESULT_OUT_OF_MEMORY = 27, RESULT_RECV_ERROR = 56 };

typedef int (*easy_setopt_function)(void *easy, int option, ...);
typedef int (*easy_getinfo_function)(void *easy, int info, ...);
typedef void (*easy_cleanup_function)(void *easy);
typedef size_t (*header_function)(const char *line, size_t size, size_t count, void *data);

struct multi_message {
    int kind;
    void *easy;
    union {
        void *whatever;
        int result;
    } data;
};
typedef struct multi_message *(*multi_info_read_function)(void *multi, int *left);

// The answer that one handle of libcurl receives. The handle keeps it as its private pointer, which URLSession leaves
// alone.
struct answer {
    // URLSession's callback for lines of a head, and what that wants to be given.
    header_function tell;
    void *session;
    enum { NO_HEAD, IN_HEAD, IN_INTERIM_HEAD, WHOLE_HEAD } progress;
};

static struct answer *answer_of(void *easy) {
    easy_getinfo_function getinfo = NEXT(easy_getinfo_function, "curl_easy_getinfo");
    struct answer *answer = NULL;
    if (getinfo == NULL || getinfo(easy, INFO_PRIVATE, &answer) != RESULT_OK) return NULL;
    return answer;
}

// The status in "HTTP/1.1 200 OK"; 0 for none.
static int status_in(const char *line, size_t length) {
    const char *space = memchr(line, ' ', length);
    if (space == NULL || line + length - space < 4) return 0;
    int status = 0;
    for (const char *digit = space + 1; digit < space + 4; digit++) {
        if (*digit < '0' || *digit > '9') return 0;
        status = status * 10 + (*digit - '0');
    }
    return status;
}

static int disguised(int status) {
    // A status that does not exist is to be taken for one of the server's errors: RFC 9110 section 15.
    if (status > 599) return 599;
    return status == 401 || (status > 300 && status < 400) ? status + CURL_TRUST_DISGUISE : status;
}

// Tells URLSession a line instead of the one of this length that libcurl has.
static size_t tell_instead(struct answer *answer, const char *line, size_t length) {
    size_t told = strlen(line);
    return answer->tell(line, 1, told, answer->session) == told ? length : 0;
}

static size_t hear_line(const char *line, size_t size, size_t count, void *data) {
    struct answer *answer = data;
    size_t length = size * count;
    // This is all that libcurl looks at; URLSession waits for an empty line.
    int is_last = length > 0 && (line[0] == '\r' || line[0] == '\n');

    switch (answer->progress) {
    case NO_HEAD:
    case WHOLE_HEAD: {
        if (length < 5 || memcmp(line, "HTTP/", 5) != 0) return length;
        int status = status_in(line, length);
        // 101 comes alone: nobody has asked for another protocol.
        if (status >= 100 && status < 200 && status != 101) {
            answer->progress = IN_INTERIM_HEAD;
            return length;
        }
        answer->progress = IN_HEAD;
        char first_line[32];
        snprintf(first_line, sizeof(first_line), "HTTP/1.1 %03d -\r\n", disguised(status));
        return tell_instead(answer, first_line, length);
    }
    case IN_INTERIM_HEAD:
        if (is_last) answer->progress = NO_HEAD;
        return length;
    case IN_HEAD:
        if (!is_last) return answer->tell(line, size, count, answer->session);
        answer->progress = WHOLE_HEAD;
        return tell_instead(answer, "\r\n", length);
    }
    return length;
}

int curl_easy_setopt(void *easy, int option, ...) {
    easy_setopt_function setopt = NEXT(easy_setopt_function, "curl_easy_setopt");
    if (setopt == NULL) return RESULT_OUT_OF_MEMORY;
    va_list values;
    va_start(values, option);
    int result;
    if (option == OPTION_HEADERFUNCTION || option == OPTION_HEADERDATA) {
        struct answer *answer = answer_of(easy);
        if (answer == NULL) {
            answer = calloc(1, sizeof(struct answer));
            if (answer == NULL || setopt(easy, OPTION_PRIVATE, (void *)answer) != RESULT_OK) {
                free(answer);
                va_end(values);
                return RESULT_OUT_OF_MEMORY;
            }
        }
        if (option == OPTION_HEADERDATA) {
            answer->session = va_arg(values, void *);
            result = setopt(easy, option, (void *)answer);
        } else {
            answer->tell = va_arg(values, header_function);
            result = setopt(easy, option, answer->tell == NULL ? NULL : hear_line);
        }
    } else if (option < FIRST_POINTER_OPTION) {
        result = setopt(easy, option, va_arg(values, long));
    } else if (option < FIRST_OFFSET_OPTION || option >= FIRST_BLOB_OPTION) {
        result = setopt(easy, option, va_arg(values, void *));
    } else {
        result = setopt(easy, option, va_arg(values, int64_t));
    }
    va_end(values);
    return result;
}

void curl_easy_cleanup(void *easy) {
    struct answer *answer = easy == NULL ? NULL : answer_of(easy);
    easy_cleanup_function clean_up = NEXT(easy_cleanup_function, "curl_easy_cleanup");
    if (clean_up != NULL) clean_up(easy);
    free(answer);
}

struct multi_message *curl_multi_info_read(void *multi, int *left) {
    multi_info_read_function read = NEXT(multi_info_read_function, "curl_multi_info_read");
    struct multi_message *message = read == NULL ? NULL : read(multi, left);
    if (message == NULL || message->kind != MESSAGE_DONE || message->data.result != RESULT_OK) return message;
    struct answer *answer = answer_of(message->easy);
    if (answer != NULL && answer->progress != WHOLE_HEAD) message->data.result = RESULT_RECV_ERROR;
    return message;
}
