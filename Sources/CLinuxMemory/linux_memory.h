// Swift's Glibc module leaves this header of the C library out.
#ifndef LINUX_MEMORY_H
#define LINUX_MEMORY_H

#include <malloc.h>

#endif
