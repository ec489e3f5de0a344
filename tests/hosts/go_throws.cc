// Goroutines that throw: go_throws caught | passing. Each parks while its exception is under way, so that
// others throw on the same thread meanwhile, and goes on on whatever thread comes.
#include <pprof/go.h>

#include <cstdint>
#include <cstring>
#include <exception>

namespace {

enum { GOROUTINES = 8, ROUNDS = 200 };
int wrong;

void park(int i)
{
    if (i % 10) {
        go_yield();
    } else {
        go_sleep(GO_US);
    }
}

void rethrows(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        long mine = static_cast<long>(reinterpret_cast<intptr_t>(arg)) * ROUNDS + i;
        try {
            throw mine;
        } catch (long) {
            park(i);
            try {
                throw;
            } catch (long again) {
                __atomic_fetch_add(&wrong, again != mine, __ATOMIC_RELAXED);
            }
        }
    }
}

struct Parks {
    int i;
    ~Parks()
    {
        int before = std::uncaught_exceptions();
        park(i);
        __atomic_fetch_add(&wrong, before != 1 || before != std::uncaught_exceptions(), __ATOMIC_RELAXED);
    }
};

void passes(void *)
{
    for (int i = 0; i < ROUNDS; i++) {
        try {
            Parks parks = { i };
            throw i;
        } catch (int) {
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    struct go_wait_group group = {};
    go_fn fn = argc > 1 && std::strcmp(argv[1], "passing") == 0 ? passes : rethrows;
    for (intptr_t i = 0; i < GOROUTINES; i++) {
        go_wait_group_start(&group, fn, reinterpret_cast<void *>(i));
    }
    return go_wait_group_wait(&group) || wrong;
}
