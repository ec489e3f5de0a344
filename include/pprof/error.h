/* Errors of the public interface: one table, a number and a sentence each.
 *
 * Functions return 0 on success or one of the negative PPROF_ERR_* values. A function that takes a
 * `struct pprof_error *` fills it with the same code and a sentence that says what happened, where,
 * and what to do; the caller owns it and may pass NULL.
 */
#ifndef PPROF_ERROR_H
#define PPROF_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#define PPROF_ERRORS(X)                                                                            \
    X(NOMEM, 1, "out of memory, or over the memory cap")                                           \
    X(INVALID, 2, "invalid argument")                                                              \
    X(SYSTEM, 3, "a system call failed")                                                           \
    X(BUSY, 4, "already in use")                                                                   \
    X(UNKNOWN, 5, "no such name")                                                                  \
    X(OFF, 6, "switched off")                                                                      \
    X(FORMAT, 7, "unrecognized or malformed data")                                                 \
    X(TRUNCATED, 8, "data ends too early")                                                         \
    X(LIMIT, 9, "over a size or count limit")                                                      \
    X(ADDRESS, 10, "address cannot be used")                                                       \
    X(REFUSED, 11, "not allowed")                                                                  \
    X(NOTFOUND, 12, "not found")                                                                   \
    X(CANCELED, 13, "canceled")                                                                    \
    X(UNSUPPORTED, 14, "not supported here")                                                       \
    X(EXISTS, 15, "already exists")

enum pprof_err {
    PPROF_OK = 0,
#define X(name, number, sentence) PPROF_ERR_##name = -(number),
    PPROF_ERRORS(X)
#undef X
};

struct pprof_error {
    int code;         /* 0 or PPROF_ERR_* */
    char detail[508]; /* a sentence without a final newline; "" when code is 0 */
};

#if defined(__GNUC__)
#define PPROF_API __attribute__((visibility("default")))
#define PPROF_NODISCARD __attribute__((warn_unused_result))
#else
#define PPROF_API
#define PPROF_NODISCARD
#endif

/* The sentence for a PPROF_ERR_* value; "ok" for 0, "unknown error" for others. Static storage.
 * Any thread, any signal handler. */
PPROF_API const char *pprof_err_text(int err);

#ifdef __cplusplus
}
#endif
#endif
