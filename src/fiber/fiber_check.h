/* fiber_check.h - tells the checking tools that the stack is being changed. Included by fiber.c.
 *
 * AddressSanitizer, ThreadSanitizer and valgrind each follow the stack of a thread; without these
 * calls they would take a switch for damage. In an ordinary build every function here is empty,
 * but for valgrind's, which costs a few instructions when a stack is made. */
#pragma once

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define CHECK_ADDRESS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHECK_ADDRESS 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define CHECK_THREAD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CHECK_THREAD 1
#endif
#endif

#ifdef CHECK_ADDRESS
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef CHECK_THREAD
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <signal.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define CHECK_VALGRIND 1
#endif

/* One side of a switch, as the tools see it. */
struct check {
    const void *bottom;
    size_t size;
    void *address, *thread;
    unsigned valgrind;
};

static inline void check_stack_made(struct check *check, void *bottom, size_t size)
{
    check->bottom = bottom;
    check->size = size;
#ifdef CHECK_ADDRESS
    __lsan_register_root_region(bottom, size); /* what only a fiber points to is not leaked */
#endif
#ifdef CHECK_VALGRIND
    check->valgrind = VALGRIND_STACK_REGISTER(bottom, (char *)bottom + size);
#endif
}

static inline void check_stack_ended(struct check *check)
{
    (void)check;
#ifdef CHECK_ADDRESS
    __asan_unpoison_memory_region(check->bottom, check->size);
    __lsan_unregister_root_region(check->bottom, check->size);
#endif
#ifdef CHECK_VALGRIND
    VALGRIND_STACK_DEREGISTER(check->valgrind);
#endif
}

/* A pooled stack is about to be used afresh. */
static inline void check_fiber_born(struct check *check)
{
    (void)check;
#ifdef CHECK_ADDRESS
    check->address = NULL;
    __asan_unpoison_memory_region(check->bottom, check->size);
#endif
#ifdef CHECK_THREAD
    check->thread = __tsan_create_fiber(0);
#endif
}

/* It has been left for good. */
static inline void check_fiber_died(struct check *check)
{
    (void)check;
#ifdef CHECK_THREAD
    __tsan_destroy_fiber(check->thread);
#endif
}

/* Around a fiber's turn. ThreadSanitizer notes a signal with the fiber that it interrupts, and
 * calls its handler when that fiber does something next: a fiber that is just ending never does. So
 * a signal that comes meanwhile waits until the loop is back on its own stack. */
static inline void check_hold_signals(int is_held)
{
    (void)is_held;
#ifdef CHECK_THREAD
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(is_held ? SIG_BLOCK : SIG_UNBLOCK, &all, NULL);
#endif
}

/* Just before the switch; always inlined, for a frame of its own would end on another stack. */
static inline __attribute__((always_inline)) void check_leave(struct check *from, struct check *to,
                                                              int for_good)
{
    (void)from, (void)to, (void)for_good;
#ifdef CHECK_ADDRESS
    __sanitizer_start_switch_fiber(for_good ? NULL : &from->address, to->bottom, to->size);
#endif
#ifdef CHECK_THREAD
    if (from->thread == NULL)
        from->thread = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->thread, 0);
#endif
}

/* Just after it, on the stack that was switched to. */
static inline __attribute__((always_inline)) void check_arrive(struct check *here,
                                                               struct check *from)
{
    (void)here, (void)from;
#ifdef CHECK_ADDRESS
    __sanitizer_finish_switch_fiber(here->address, &from->bottom, &from->size);
#endif
}
