// Swift's Glibc module does not include this header of the C library.
#ifndef LINUX_MEMORY_H
#define LINUX_MEMORY_H

#include <malloc.h>

#endif
