// Goroutines that throw: go_throws caught | passing | exits | swallows. Each parks while its exception is under way, so that
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

int left;

struct Leaves {
    ~Leaves()
    {
        go_yield();
        __atomic_fetch_add(&left, 1, __ATOMIC_RELAXED);
    }
};

void exits_below(int depth)
{
    Leaves leaves;
    if (depth == 0) {
        go_exit();
    }
    exits_below(depth - 1);
}

void exits(void *)
{
    Leaves leaves;
    GO_WITH_TIMEOUT(100 * GO_S) {
        try {
            exits_below(3);
        } catch (...) {
            go_yield();
            throw;
        }
    }
}

void swallows(void *)
{
    try {
        go_exit();
    } catch (...) {
    }
    left = 1;
}

} // namespace

int main(int argc, char **argv)
{
    struct go_wait_group group = {};
    const char *way = argc > 1 ? argv[1] : "";
    go_fn fn = std::strcmp(way, "passing") == 0  ? passes
               : std::strcmp(way, "exits") == 0    ? exits
               : std::strcmp(way, "swallows") == 0 ? swallows
                                                   : rethrows;
    for (intptr_t i = 0; i < GOROUTINES; i++) {
        go_wait_group_start(&group, fn, reinterpret_cast<void *>(i));
    }
    int failed = go_wait_group_wait(&group) || wrong;
    return failed || (fn == exits && left != GOROUTINES * 5);
}
