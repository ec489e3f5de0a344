/* Functions that older profiles show because of how they were taken, as regular expressions:
 * names and numbers of google/pprof's, which go into the profile's drop_frames and keep_frames. */
#ifndef PP_PROFILE_LEGACY_FRAMES_H
#define PP_PROFILE_LEGACY_FRAMES_H

/* Allocators. */
#define PP_DROP_ALLOC                                                                              \
    "calloc|cfree|malloc|free|memalign|do_memalign|(__)?posix_memalign|pvalloc|valloc|realloc|"    \
    "tcmalloc::.*|tc_calloc|tc_cfree|tc_malloc|tc_free|tc_memalign|tc_posix_memalign|tc_pvalloc|"  \
    "tc_valloc|tc_realloc|tc_new|tc_delete|tc_newarray|tc_deletearray|tc_new_nothrow|"             \
    "tc_newarray_nothrow|malloc_zone_malloc|malloc_zone_calloc|malloc_zone_valloc|"                \
    "malloc_zone_realloc|malloc_zone_memalign|malloc_zone_free|runtime\\..*|BaseArena::.*|"        \
    "(::)?do_malloc_no_errno|(::)?do_malloc_pages|(::)?do_malloc|DoSampledAllocation|"             \
    "MallocedMemBlock::MallocedMemBlock|_M_allocate|__builtin_(vec_)?delete|"                      \
    "__builtin_(vec_)?new|__gnu_cxx::new_allocator::allocate|__libc_malloc|"                       \
    "__malloc_alloc_template::allocate|allocate|cpp_alloc|operator new(\\[\\])?|"                  \
    "simple_alloc::allocate"
#define PP_KEEP_ALLOC "runtime\\.panic|runtime\\.reflectcall|runtime\\.call[0-9]*"

/* Locks. */
#define PP_DROP_LOCK                                                                               \
    "RecordLockProfileData|(base::)?RecordLockProfileData.*|(base::)?SubmitMutexProfileData.*|"    \
    "(base::)?SubmitSpinLockProfileData.*|(base::Mutex::)?AwaitCommon.*|(base::Mutex::)?Unlock.*|" \
    "(base::Mutex::)?UnlockSlow.*|(base::Mutex::)?ReaderUnlock.*|(base::MutexLock::)?~MutexLock.*" \
    "|"                                                                                            \
    "(Mutex::)?AwaitCommon.*|(Mutex::)?Unlock.*|(Mutex::)?UnlockSlow.*|(Mutex::)?ReaderUnlock.*|"  \
    "(MutexLock::)?~MutexLock.*|(SpinLock::)?Unlock.*|(SpinLock::)?SlowUnlock.*|"                  \
    "(SpinLockHolder::)?~SpinLockHolder.*"

/* The CPU profiler's own signal handler. */
#define PP_DROP_CPU                                                                                \
    "ProfileData::Add|ProfileData::prof_handler|CpuProfiler::prof_handler|__pthread_sighandler|"   \
    "__restore"

#endif
