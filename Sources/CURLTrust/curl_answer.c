// URLSession cannot cope with everything that a server may send (seen with Swift 6.3.1 and libcurl 7.88):
//
// - If a connection ends within the head of an answer, after the first line, libcurl reports success; URLSession then
//   lacks the head and terminates the process. It also does so if an answer announces more bytes than an Int64 can
//   hold.
// - URLSession buffers the body of a redirect itself: the delegate can neither count the bytes nor end the transfer,
//   and each piece is copied together with all pieces before it.
// - At a redirect or a request for a password, URLSession stops to ask its delegate what to do, and terminates the
//   process if the delegate's answer comes at a bad moment.
// - URLSession takes the head of an interim answer (100 Continue) for the head of the answer, and trailers for the
//   beginning of another head.
// - URLSession asks for compressed answers. A few kilobytes can become gigabytes within one call of libcurl, and no
//   other request gets an answer until that call returns.
// - Trailers and chunk extensions are not part of the body, so no limit applies to them; as long as they arrive,
//   libcurl does not return.
//
// So URLSession is told only what it can handle: one complete head, which never requires a decision. A redirect or a
// 401 reaches it under another status, see curl_trust.h; interim heads and trailers do not reach it at all. An answer
// whose head is incomplete is a failure, and an answer that exceeds the limits below ends the transfer; compression is
// not requested. To do this, the functions below are found before libcurl's, as in curl_trust.c.
// https://curl.se/libcurl/c/CURLOPT_HEADERFUNCTION.html, CURLOPT_XFERINFOFUNCTION.html, curl_multi_info_read.html

#define _GNU_SOURCE
#include "curl_trust.h"
#include "hooks.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    OPTION_NOPROGRESS = 43,
    OPTION_HTTPHEADER = 10023,
    OPTION_HEADERDATA = 10029,
    OPTION_XFERINFODATA = 10057,
    OPTION_ACCEPT_ENCODING = 10102,
    OPTION_PRIVATE = 10103,
    OPTION_HEADERFUNCTION = 20079,
    OPTION_XFERINFOFUNCTION = 20219
};
enum { INFO_PRIVATE = 0x100015, INFO_CONTENT_LENGTH = 0x60000F };
enum { MESSAGE_DONE = 1, RESULT_OK = 0, RESULT_OUT_OF_MEMORY = 27, RESULT_RECV_ERROR = 56 };

// The most bytes that an answer may announce; more is refused, because it could not be counted.
static const int64_t most_announced = (int64_t)1 << 53;
// Bytes of trailers that are read and ignored.
enum { MOST_TRAILERS = 64 * 1024 };
// libcurl calls back twice for each event of a connection, at which it reads up to a hundred times 16 KiB. An answer may
// take FREE_CALLS calls, one more for each BYTES_FOR_CALL of its body, and CALLS_A_SECOND for each second that it takes.
// So a server may send what it has to say in pieces of 256 bytes, however many and however fast: a proxy may pass on
// each event of a watch in several. What is no body at all is read 160 MB of, in some tenths of a second.
enum { FREE_CALLS = 200, BYTES_FOR_CALL = 128, CALLS_A_SECOND = 20 };

typedef int (*easy_setopt_function)(void *easy, int option, ...);
typedef int (*easy_getinfo_function)(void *easy, int info, ...);
typedef void (*easy_cleanup_function)(void *easy);
typedef size_t (*header_function)(const char *line, size_t size, size_t count, void *data);

struct multi_message {
    int kind;
    void *easy;
    union {
        void *unused;
        int result;
    } data;
};
typedef struct multi_message *(*multi_info_read_function)(void *multi, int *left);

// The answer that one libcurl handle receives. It is the handle's private pointer, which URLSession does not use.
struct answer {
    void *easy;
    // URLSession's callback for the lines of a head, and that callback's last argument.
    header_function tell;
    void *session;
    enum { NO_HEAD, IN_HEAD, IN_INTERIM_HEAD, WHOLE_HEAD } progress;
    int64_t trailers;
    int64_t calls;
    time_t began;
};

static struct answer *answer_of(void *easy) {
    easy_getinfo_function getinfo = NEXT(easy_getinfo_function, "curl_easy_getinfo");
    struct answer *answer = NULL;
    if (getinfo == NULL || getinfo(easy, INFO_PRIVATE, &answer) != RESULT_OK) return NULL;
    return answer;
}

static time_t seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

// The status in a line such as "HTTP/1.1 200 OK"; 0 if there is none.
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
    // RFC 9110 section 15: a status outside 100 to 599 should be treated as a server error.
    if (status > 599) return 599;
    return status == 401 || (status > 300 && status < 400) ? status + CURL_TRUST_DISGUISE : status;
}

// Whether a body with this header line can be read as it arrives: libcurl would also decompress a transfer encoding.
static int is_readable(const struct answer *answer, const char *line, size_t length) {
    static const char name[] = "transfer-encoding:", chunked[] = "chunked";
    size_t start = sizeof(name) - 1;
    if (length > start && strncasecmp(line, name, start) == 0) {
        while (start < length && (line[start] == ' ' || line[start] == '\t')) start++;
        while (length > start && strchr(" \t\r\n", line[length - 1]) != NULL) length--;
        if (length - start != sizeof(chunked) - 1 || strncasecmp(line + start, chunked, length - start) != 0) return 0;
    }
    easy_getinfo_function getinfo = NEXT(easy_getinfo_function, "curl_easy_getinfo");
    int64_t announced = 0;
    return getinfo == NULL || getinfo(answer->easy, INFO_CONTENT_LENGTH, &announced) != RESULT_OK
        || announced <= most_announced;
}

// Gives URLSession another line instead of libcurl's line of this length. Returning anything but that length ends the
// transfer.
static size_t tell_instead(struct answer *answer, const char *line, size_t length) {
    size_t told = strlen(line);
    return answer->tell(line, 1, told, answer->session) == told ? length : 0;
}

static size_t hear_line(const char *line, size_t size, size_t count, void *data) {
    struct answer *answer = data;
    size_t length = size * count;
    // libcurl looks only at this character to find the end of the head, but URLSession waits for an empty line.
    int is_last = length > 0 && (line[0] == '\r' || line[0] == '\n');
    if (answer->tell == NULL) return 0;

    switch (answer->progress) {
    case NO_HEAD:
    case WHOLE_HEAD: {
        if (length < 5 || memcmp(line, "HTTP/", 5) != 0) {
            answer->trailers += (int64_t)length;
            return answer->trailers > MOST_TRAILERS ? 0 : length;
        }
        int status = status_in(line, length);
        // No other answer follows a 101: no request asks for another protocol.
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
        if (!is_readable(answer, line, length)) return 0;
        if (!is_last) return answer->tell(line, size, count, answer->session);
        answer->progress = WHOLE_HEAD;
        answer->calls = 0;
        answer->began = seconds();
        return tell_instead(answer, "\r\n", length);
    }
    return length;
}

// Anything but 0 ends the transfer.
static int hear_progress(void *data, int64_t expected, int64_t received, int64_t to_send, int64_t sent) {
    (void)expected, (void)to_send, (void)sent;
    struct answer *answer = data;
    if (answer->progress != WHOLE_HEAD) return 0;
    answer->calls += 1;
    if (answer->calls <= FREE_CALLS) return 0;
    int64_t most = FREE_CALLS + received / BYTES_FOR_CALL + (int64_t)(seconds() - answer->began) * CALLS_A_SECOND;
    return answer->calls > most;
}

int curl_trust_attach_answer(void *easy) {
    easy_setopt_function setopt = NEXT(easy_setopt_function, "curl_easy_setopt");
    struct answer *answer = calloc(1, sizeof(struct answer));
    if (setopt == NULL || answer == NULL) return 0;
    answer->easy = easy;
    if (setopt(easy, OPTION_PRIVATE, (void *)answer) != RESULT_OK) {
        free(answer);
        return 0;
    }
    return setopt(easy, OPTION_HEADERDATA, (void *)answer) == RESULT_OK
        && setopt(easy, OPTION_HEADERFUNCTION, hear_line) == RESULT_OK
        && setopt(easy, OPTION_XFERINFODATA, (void *)answer) == RESULT_OK
        && setopt(easy, OPTION_XFERINFOFUNCTION, hear_progress) == RESULT_OK
        && setopt(easy, OPTION_NOPROGRESS, 0L) == RESULT_OK;
}

int curl_easy_setopt(void *easy, int option, ...) {
    easy_setopt_function setopt = NEXT(easy_setopt_function, "curl_easy_setopt");
    struct answer *answer = NULL;
    int result = RESULT_OK;
    va_list values;
    va_start(values, option);
    switch (option) {
    case OPTION_HEADERDATA:
        if ((answer = answer_of(easy)) != NULL) answer->session = va_arg(values, void *);
        break;
    case OPTION_HEADERFUNCTION:
        if ((answer = answer_of(easy)) != NULL) answer->tell = va_arg(values, header_function);
        break;
    case OPTION_NOPROGRESS:
    case OPTION_XFERINFODATA:
    case OPTION_XFERINFOFUNCTION:
    case OPTION_ACCEPT_ENCODING:
        // curl_trust_attach_answer() has set the first three; compression is not requested.
        break;
    case OPTION_HTTPHEADER: {
        struct header_list *headers = va_arg(values, struct header_list *);
        int is_split = setopt != NULL && curl_trust_split_lines(headers);
        result = is_split ? setopt(easy, option, (void *)headers) : RESULT_OUT_OF_MEMORY;
        break;
    }
    default:
        if (setopt == NULL) {
            result = RESULT_OUT_OF_MEMORY;
        } else if (option < FIRST_POINTER_OPTION) {
            result = setopt(easy, option, va_arg(values, long));
        } else if (option < FIRST_OFFSET_OPTION || option >= FIRST_BLOB_OPTION) {
            result = setopt(easy, option, va_arg(values, void *));
        } else {
            result = setopt(easy, option, va_arg(values, int64_t));
        }
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
