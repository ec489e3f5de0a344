#include "runtime/capture/sumtab.h"

#include "base/sys.h"
#include "base/table.h"
#include "pprof/error.h"

enum { PROBES_MAX = 64, KEYS_LEAST = 32 };

int pp_sumtab_init(struct pp_sumtab *table, size_t keys)
{
#ifdef PPROF_SMALL
    keys = KEYS_LEAST;
#endif
    size_t bytes = 1;
    while (bytes < keys * sizeof(struct pp_sum)) {
        bytes *= 2;
    }
    struct pp_sum *sums = pp_sys_reserve_some(&bytes, KEYS_LEAST * sizeof(*sums));
    if (!sums) {
        return PPROF_ERR_NOMEM;
    }
    size_t room = bytes / sizeof(*sums);
    table->mask = 1;
    while (table->mask * 2 + 1 < room) {
        table->mask = table->mask * 2 + 1;
    }
    pp_store_release(&table->sums, sums);
    return 0;
}

/* The sum of the key, made when new; `rest` when there is no place in reach. */
static struct pp_sum *find(struct pp_sumtab *table, uint64_t key)
{
    struct pp_sum *sums = pp_load_acquire(&table->sums);
    size_t home = (size_t)pp_hash_u64(key);
    for (size_t i = 0; sums && i < PROBES_MAX && i <= table->mask; i++) {
        struct pp_sum *sum = &sums[(home + i) & table->mask];
        uint64_t found = pp_load_relaxed(&sum->key);
        if (!found && pp_cas(&sum->key, &found, key)) {
            pp_add_relaxed(&table->used, 1);
            return sum;
        }
        if (found == key) {
            return sum;
        }
    }
    return &table->rest;
}

void pp_sumtab_add_sig(struct pp_sumtab *table, uint64_t key, uint64_t count, uint64_t amount)
{
    struct pp_sum *sum = find(table, key);
    pp_add_relaxed(&sum->count, count);
    pp_add_relaxed(&sum->amount, amount);
}

static bool read_sum(const struct pp_sum *from, struct pp_sum *sum)
{
    *sum = (struct pp_sum){ pp_load_relaxed(&from->key), pp_load_relaxed(&from->count),
                            pp_load_relaxed(&from->amount) };
    return sum->count != 0;
}

bool pp_sumtab_next(const struct pp_sumtab *table, size_t *at, struct pp_sum *sum)
{
    const struct pp_sum *sums = pp_load_acquire(&table->sums);
    size_t count = sums ? table->mask + 1 : 0;
    while (*at < count) {
        if (read_sum(&sums[(*at)++], sum)) {
            return true;
        }
    }
    if ((*at)++ == count && read_sum(&table->rest, sum)) {
        sum->key = pp_sum_key(PP_STACK_FULL, 0);
        return true;
    }
    return false;
}

void pp_sumtab_clear(struct pp_sumtab *table)
{
    if (table->sums) {
        pp_sys_discard(table->sums, (table->mask + 1) * sizeof(*table->sums));
    }
    table->rest = (struct pp_sum){ 0, 0, 0 };
    table->used = 0;
}
