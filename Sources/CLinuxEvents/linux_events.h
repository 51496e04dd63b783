// Swift's Glibc module leaves these two headers of the C library out.
#ifndef LINUX_EVENTS_H
#define LINUX_EVENTS_H

#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif
