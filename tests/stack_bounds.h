/* The calling thread's stack, for tests that walk it. */
#ifndef TESTS_STACK_BOUNDS_H
#define TESTS_STACK_BOUNDS_H

#include "runtime/unwind/unwind.h"

#include <check.h>
#include <pthread.h>

static struct pp_stack_bounds bounds_of_self(void)
{
    pthread_attr_t attr;
    void *low;
    size_t size;
    ck_assert_int_eq(pthread_getattr_np(pthread_self(), &attr), 0);
    pthread_attr_getstack(&attr, &low, &size);
    pthread_attr_destroy(&attr);
    return (struct pp_stack_bounds){ (uintptr_t)low, (uintptr_t)low + size };
}

#endif
