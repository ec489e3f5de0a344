# TAP for shell tests: source this, then plan N; ok STATUS NAME [DETAIL]; is GOT WANT NAME; like TEXT REGEX NAME.
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
