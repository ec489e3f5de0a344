// Throws 60 exceptions of three types, and contends a std::mutex, then waits. With PLUGIN a module for
// python that only throws.
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace app {
struct Failure {
    int code;
};
} // namespace app

static std::atomic<int> caught;

__attribute__((noinline)) static void parse_number(int i)
{
    if (i % 3 == 0) {
        throw std::runtime_error("no number");
    }
    if (i % 3 == 1) {
        throw app::Failure{ i };
    }
    throw i;
}

struct Counter {
    std::mutex lock;
    long sum = 0;
    __attribute__((noinline)) void add(std::atomic<int> &waiting)
    {
        std::lock_guard<std::mutex> guard(lock);
        sum++;
        waiting++;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
};

extern "C" int throw_all()
{
    for (int i = 0; i < 60; i++) {
        try {
            parse_number(i);
        } catch (const std::exception &) {
            caught++;
        } catch (const app::Failure &) {
            caught++;
        } catch (int) {
            caught++;
        }
    }
    return caught;
}

#ifndef PLUGIN
int main()
{
    Counter counter;
    std::atomic<int> holding{ 0 };
    throw_all();
    for (int i = 0; i < 100; i++) {
        std::thread one([&] { counter.add(holding); }), two([&] { counter.add(holding); });
        one.join();
        two.join();
    }
    std::this_thread::sleep_for(std::chrono::seconds(120));
    return caught != 60;
}
#endif
