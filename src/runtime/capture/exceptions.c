/* The kind "exceptions": every throw by its stack and type. */
#include "runtime/capture/exceptions.h"

#include "base/err.h"
#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/label.h"
#include "runtime/capture/self.h"

#include <string.h>

enum {
    STACKS = 4 << 10,
    TYPES = 256, /* remembered; a power of two */
    NAME_MAX_BYTES = 200,
};

struct pp_sumtab pp_throw_sums;

/* From a name's hash to its label set, so that few throws intern a label. An entry that two types
 * fight for costs time only. */
static struct {
    uint64_t hash;
    uint32_t label_set;
} types[TYPES];

int pp_exceptions_init(void)
{
    return pp_sumtab_init(&pp_throw_sums, STACKS);
}

/* ---- names ----------------------------------------------------------------------------------- */

static const char *builtin_name(char letter)
{
    static const struct {
        char letter;
        const char *name;
    } names[] = {
        { 'v', "void" },          { 'b', "bool" },           { 'c', "char" },
        { 'a', "signed char" },   { 'h', "unsigned char" },  { 's', "short" },
        { 't', "unsigned short" }, { 'i', "int" },           { 'j', "unsigned int" },
        { 'l', "long" },          { 'm', "unsigned long" },  { 'x', "long long" },
        { 'y', "unsigned long long" }, { 'f', "float" },     { 'd', "double" },
        { 'w', "wchar_t" },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].letter == letter) {
            return names[i].name;
        }
    }
    return NULL;
}

struct text {
    char *out;
    size_t len, cap;
};

static bool put(struct text *text, const char *from, size_t len)
{
    if (len >= text->cap - text->len) {
        return false;
    }
    memcpy(text->out + text->len, from, len);
    text->len += len;
    text->out[text->len] = '\0';
    return true;
}

/* "13runtime_error" */
static bool take_part(const char **at, struct text *text)
{
    size_t len = 0;
    while (**at >= '0' && **at <= '9' && len < NAME_MAX_BYTES) {
        len = len * 10 + (size_t)(*(*at)++ - '0');
    }
    if (len == 0 || strnlen(*at, len) < len || !put(text, *at, len)) {
        return false;
    }
    *at += len;
    return true;
}

/* "13runtime_error", "St13runtime_error", "N3foo3barE" */
static bool take_class(const char **at, struct text *text)
{
    bool is_nested = **at == 'N';
    *at += is_nested;
    if (strncmp(*at, "St", 2) == 0) {
        *at += 2;
        if (!put(text, "std::", 5)) {
            return false;
        }
    }
    if (!take_part(at, text)) {
        return false;
    }
    while (is_nested && **at != 'E') {
        if (!put(text, "::", 2) || !take_part(at, text)) {
            return false;
        }
    }
    *at += is_nested;
    return true;
}

bool pp_exception_type(const char *mangled, char *out, size_t cap)
{
    struct text text = { out, 0, cap };
    const char *at = mangled + (*mangled == '*'); /* a mark that only its address counts */
    bool is_pointer = *at == 'P';
    at += is_pointer;
    bool is_const = is_pointer && *at == 'K';
    at += is_const;
    const char *builtin = builtin_name(*at);
    if (builtin ? !put(&text, builtin, strlen(builtin)) : !take_class(&at, &text)) {
        return false;
    }
    at += builtin != NULL;
    return *at == '\0' && (!is_const || put(&text, " const", 6)) &&
           (!is_pointer || put(&text, "*", 1));
}

/* ---- counting -------------------------------------------------------------------------------- */

static uint32_t make_label(const char *type)
{
    char name[NAME_MAX_BYTES];
    size_t len = strnlen(type, sizeof(name) - 1);
    if (!pp_exception_type(type, name, sizeof(name))) {
        memcpy(name, type, len);
        name[len] = '\0';
    }
    struct pprof_label_pair pair = { "type", name };
    return pp_label_set_extend(0, &pair, 1, NULL);
}

static uint32_t label_of(const char *type)
{
    uint64_t hash = pp_hash_bytes(type, strlen(type)) | 1;
    size_t at = (hash >> 8) & (TYPES - 1);
    if (pp_load_acquire(&types[at].hash) == hash) {
        uint32_t label_set = pp_load_relaxed(&types[at].label_set);
        pp_fence();
        if (pp_load_relaxed(&types[at].hash) == hash) {
            return label_set;
        }
    }
    uint32_t label_set = make_label(type);
    pp_store(&types[at].hash, (uint64_t)0);
    pp_store(&types[at].label_set, label_set);
    pp_store_release(&types[at].hash, hash);
    return label_set;
}

void pp_exception_count(const char *type)
{
    if (!pp_load_relaxed(&pp_enabled) || pp_self.inside) {
        return;
    }
    pp_self_enter();
    pp_stack_id stack = pp_caller_stack_sig(0, 0);
    pp_sumtab_add_sig(&pp_throw_sums, pp_sum_key(stack, label_of(type)), 1, 0);
    pp_self_leave();
}

void pp_exceptions_after_fork(void)
{
    pp_sumtab_clear(&pp_throw_sums);
}

/* ---- the row --------------------------------------------------------------------------------- */

static int collect(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                   struct pprof_error *error)
{
    struct pp_sum sum;
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = 1;
    for (size_t at = 0; pp_sumtab_next(&pp_throw_sums, &at, &sum);) {
        int64_t count = (int64_t)sum.count;
        struct pp_record record = { .stack = pp_sum_stack(&sum),
                                    .values = { count },
                                    .raw = { count },
                                    .label_set = pp_sum_more(&sum) };
        if (pp_snapshot_add(snapshot, &record) != 0) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list the stacks of %s",
                              kind->name);
        }
    }
    return 0;
}

static int64_t count_stacks(const struct pp_kind *kind)
{
    (void)kind;
    return (int64_t)pp_load_relaxed(&pp_throw_sums.used);
}

const struct pp_kind pp_kind_exceptions = {
    .name = "exceptions",
    .description = "Where C++ exceptions were thrown, and of which type",
    .values = { { "exceptions", "count" } },
    .value_count = 1,
    .period = { "exceptions", "count" },
    .supports_delta = true,
    .collect = collect,
    .count = count_stacks,
    .leaf_is_return = true,
};
