/* profile.proto: whatever is read passes its check, survives a round trip and merges with itself. */
#include "base/arena.h"
#include "profile/decode.h"
#include "profile/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void use(const struct pprof_profile *p)
{
    struct pprof_profile *merged = NULL, *again = NULL;
    const struct pprof_profile *twice[] = { p, p };
    struct pprof_error error;
    struct pp_arena arena;
    struct pp_buf out;
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
    require(pp_wire_encode(p, &out, &error) == 0);
    require(pprof_profile_read(out.data, out.len, NULL, &again, &error) == 0);
    require(again->sample_count == p->sample_count);
    pprof_profile_free(again);
    pp_arena_release(&arena);
    if (p->sample_type_count && pprof_profile_merge(twice, 2, &merged, &error) == 0) {
        require(merged->sample_count <= p->sample_count);
        pprof_profile_free(merged);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    if (pp_wire_decode(data, size, false, 256 << 20, &p, &error)) {
        require(error.code != 0 && error.detail[0]);
        return 0;
    }
    if (pprof_profile_check(p, &error) == 0) {
        use(p);
    }
    pprof_profile_free(p);
    return 0;
}
