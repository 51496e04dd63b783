// An API server takes each `Impersonate-Group` line of a request as one group, and a comma in it as part of the name.
// URLSession has room for only one value per header name. So HTTPTransport joins the values of a repeated name with
// line feeds, which no value contains; when URLSession passes its list of headers to curl_easy_setopt(), see
// curl_answer.c, the code below splits them into separate headers. URLSession holds the first entry of the list, and
// frees the whole list through it. https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html, curl_slist_append.html

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
        // The remaining lines go to the end of the list as one header, which this loop splits in turn.
        append_function append = NEXT(append_function, "curl_slist_append");
        if (append == NULL || append(headers, end + 1) == NULL) return 0;
        *end = '\0';
    }
    return 1;
}
