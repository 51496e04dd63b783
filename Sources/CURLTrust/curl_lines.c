// An API server takes each line `Impersonate-Group` of a request as one group, and a comma in it as part of the name.
// URLSession has room for one value per header name. So HTTPTransport joins the lines of a repeated name by line feeds,
// which no value contains, and here they become headers of their own when URLSession hands its list to
// curl_easy_setopt(), see curl_answer.c. URLSession holds the list's first entry, and frees the whole list with it.
// https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html, curl_slist_append.html

#define _GNU_SOURCE
#include "hooks.h"

#include <string.h>

// libcurl's struct curl_slist.
struct header_list {
    char *text;
    struct header_list *next;
};

typedef struct header_list *(*append_function)(struct header_list *list, const char *text);

int curl_trust_split_lines(struct header_list *headers) {
    for (struct header_list *header = headers; header != NULL; header = header->next) {
        char *end = header->text == NULL ? NULL : strchr(header->text, '\n');
        if (end == NULL) continue;
        // All further lines go to the end of the list, where this loop splits them in turn.
        append_function append = NEXT(append_function, "curl_slist_append");
        if (append == NULL || append(headers, end + 1) == NULL) return 0;
        *end = '\0';
    }
    return 1;
}
