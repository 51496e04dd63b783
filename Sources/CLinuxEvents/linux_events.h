// Swift's Glibc module does not include these two headers of the C library.
#ifndef LINUX_EVENTS_H
#define LINUX_EVENTS_H

#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif
