# TAP for shell tests: source this, then plan N; ok STATUS NAME [DETAIL]; is GOT WANT NAME; like TEXT REGEX NAME.
# Below: what most of them begin with (need, room), and how they wait: for a condition, never for a time.
tap_n=0

plan() { echo "1..$1"; }

# The whole file is skipped, with the reason.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

ok() {
    tap_n=$((tap_n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_n - $2"
    else
        echo "not ok $tap_n - $2"
        if [ -n "${3:-}" ]; then printf '%s\n' "$3" | sed 's/^/# /'; fi
    fi
}

is() {
    if [ "$1" = "$2" ]; then ok 0 "$3"; else ok 1 "$3" "got: $1
wanted: $2"; fi
}

# Extended regular expression, matched against each line.
like() {
    if grep -qE -- "$2" <<<"$1"; then ok 0 "$3"; else ok 1 "$3" "no line matches: $2
in: $(head -c 3000 <<<"$1")"; fi
}

unlike() {
    if grep -qE -- "$2" <<<"$1"; then ok 1 "$3" "a line matches: $2
in: $(grep -E -- "$2" <<<"$1" | head -5)"; else ok 0 "$3"; fi
}

skip() {
    tap_n=$((tap_n + 1))
    echo "ok $tap_n # SKIP $1"
}

# The whole file is skipped when one of these programs is missing.
need() {
    local program
    for program; do
        command -v "$program" >/dev/null || skip_all "no $program here"
    done
}

# The build in $build and its tool in $pprof; a folder of our own in $tmp. At the end the folder is gone, and
# whoever is in pids has ended. Another trap on EXIT calls leave.
room() {
    build=$(cd "${PP_BUILD:-build}" && pwd) || exit 2
    pprof=$build/pprof
    tmp=$(mktemp -d)
    pids=()
    trap leave EXIT
}

leave() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    for _ in $(seq 20); do
        kill -0 "${pids[@]}" 2>/dev/null || break
        sleep 0.05
    done
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    rm -rf "$tmp"
}

# As soon as the command succeeds; false when it has not in three minutes. usage: until_true COMMAND...
until_true() {
    local end=$((SECONDS + 180))
    until "$@"; do
        [ $SECONDS -ge $end ] && return 1
        sleep 0.05
    done
}

# A line of the file matches. usage: await FILE REGEX
await() { until_true grep -qsE -- "$2" "$1"; }

# What a program that is served has said, when it has: $url without a path. usage: await_url FILE
await_url() {
    await "$1" 'serving '
    url=$(sed -n 's#.*serving \(http://[^ ]*\)/debug/pprof/.*#\1#p' "$1" | head -1)
}

# A port of the loopback in $port that nobody has: below those the kernel gives out by itself, and locked, so that
# tests side by side do not take the same one.
free_port() {
    local lock
    mkdir -p /tmp/pprof-test-ports && chmod 1777 /tmp/pprof-test-ports 2>/dev/null
    while :; do
        port=$((10000 + RANDOM % 20000))
        exec {lock}>"/tmp/pprof-test-ports/$port" || continue
        flock -n "$lock" && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        exec {lock}>&-
    done
}

# The CPU time of a process in hundredths of a second, and whether it has had so much. usage: has_run PID TICKS
cpu_ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }
has_run() { [ "$(cpu_ticks "$1")" -ge "$2" ]; }

# The line of a marked comment in an example. usage: line_of EXAMPLE MARK
line_of() { grep -n "/\* $2" "examples/$1.c" | head -1 | cut -d: -f1; }

# Asks for two CPU profiles of $url/debug/pprof at once: the first, into FILE, still runs when the second is answered,
# of which the status is in $second and the body in $tmp/second. The first one's status is in $first. A machine that
# stands still for so long that they do not overlap is given another try. usage: two_cpu_profiles FILE
two_cpu_profiles() {
    local asked seconds
    for seconds in 2 4 8 16 32; do
        curl -sS -o "$1" -w '%{http_code}' "$url/debug/pprof/profile?seconds=$seconds" >"$tmp/first" &
        asked=$!
        until_true cpu_is_profiled
        second=$(curl -sS -o "$tmp/second" -w '%{http_code}' "$url/debug/pprof/profile?seconds=1")
        kill -0 $asked 2>/dev/null && break
        wait $asked
    done
    wait $asked
    first=$(cat "$tmp/first")
}
cpu_is_profiled() { curl -sS "$url/debug/pprof/self" | grep -q '^cpu: a profile is running'; }

# 4000 bytes that are no format of any kind, the same ones each time.
noise() { LC_ALL=C awk 'BEGIN { srand(1); printf "%c%c", 7, 9; for (i = 2; i < 4000; i++) printf "%c", 1 + int(rand() * 255) }'; }
