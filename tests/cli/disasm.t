#!/usr/bin/env bash
# disasm and weblist of a program that is compiled and profiled here.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$(realpath "${PP_BUILD:-build}")
command -v cc > /dev/null || skip_all "no compiler"
[ -e "$build/libpprof.so" ] || skip_all "libpprof.so is not built"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/spin.c" <<'SOURCE'
#include <stdlib.h>
#include <time.h>
volatile unsigned sink;
static inline __attribute__((always_inline)) unsigned mix(unsigned x)
{
    x ^= x << 13;
    return x * 2654435761u; /* <b>"not" & markup</b> */
}
__attribute__((noinline)) unsigned spin(unsigned n)
{
    unsigned s = n;
    for (unsigned i = 0; i < n; i++) {
        s = mix(s + i);
    }
    return s;
}
__attribute__((noinline)) void work(void)
{
    clock_t end = clock() + CLOCKS_PER_SEC / 2;
    while (clock() < end) {
        sink += spin(100000);
    }
}
int main(void)
{
    work();
    return 0;
}
SOURCE
(cd "$work" && cc -O2 -g spin.c -o spin) || skip_all "the compiler does not work"
PPROF_OUT="$work/out" LD_PRELOAD="$build/libpprof.so" "$work/spin" 2> "$work/run.err"
profile=$(ls "$work"/out/cpu.*.pb.gz 2> /dev/null)
[ -n "$profile" ] || skip_all "no CPU profile was taken here: $(cat "$work/run.err")"
pprof() { (cd "$work" && "$build/pprof" "$@" 2> "$work/err"); }

if ! pprof -disasm=spin "$profile" > /dev/null && grep -q 'needs libcapstone' "$work/err"; then
    skip_all "$(cat "$work/err")"
fi
plan 25

# --- disasm ---
counts="-sample_index=samples"
text=$(pprof -disasm='^spin$' $counts "$profile")
like "$text" '^Total: [0-9]+$' "disasm: the total stands first"
like "$text" '^ROUTINE =+ spin$' "disasm: the function's header"
like "$text" '^ *[0-9]+ +[0-9]+ \(flat, cum\) .*% of Total$' "disasm: its sums"
like "$text" '^ +\.  +\. +[0-9a-f]+: .* ;spin spin\.c:[0-9]+$' "disasm: an instruction, and where it is from"
like "$text" ';mix spin\.c:7$' "disasm: an inlined function is named"
sums=$(awk '/flat, cum/ { flat = $1; cum = $2; next }
    $3 ~ /^[0-9a-f]+:$/ { f += $1; c += $2 } END { print (f == flat && c == cum && f > 0) }' <<<"$text")
is "$sums" 1 "disasm: the columns add up to the sums"
if command -v objdump > /dev/null; then
    wanted=$(objdump -d --no-show-raw-insn --disassemble=spin "$work/spin" |
        sed -n 's/^ *\([0-9a-f]*\):\t.*/\1/p')
    got=$(sed -n 's/^.\{21\} *\([0-9a-f]*\): .*/\1/p' <<<"$text")
    is "$got" "$wanted" "disasm: every address that objdump shows"
else
    skip "objdump is not installed"
fi
unlike "$(pprof -disasm=spin -intel_syntax "$profile" | grep -F ': ')" '%e[a-d]x' "disasm: Intel's syntax"
like "$(pprof -disasm=work "$profile")" '<spin>' "disasm: a call says which function"
like "$(pprof -disasm=work "$profile" | grep call)" '<clock@plt>|\*' "disasm: a call into a library is named"
address=$(sed -n 's/^.\{21\} *\([0-9a-f]*\): .*/0x\1/p' <<<"$text" | sed -n 3p)
like "$(pprof -disasm="$address" "$profile")" '^ROUTINE =+ spin$' "disasm: by an address of the listing"
pprof -disasm=zzz "$profile" > "$work/text"
is "$?" 2 "disasm: nothing matches, status"
is "$(cat "$work/err")" "pprof: no matches found for regexp zzz" "disasm: nothing matches, words"
is "$(cat "$work/text")" "" "disasm: nothing matches, no output"
pprof -disasm=0x1 "$profile" > /dev/null
is "$(cat "$work/err")" "pprof: no matches found for address 0x1" "disasm: an address of nothing"
fini=$(nm "$work/spin" 2> /dev/null | sed -n 's/^0*\([0-9a-f]*\) [tT] _fini$/\1/p')
pprof -disasm="0x${fini:-1}" "$profile" > /dev/null
if [ -n "$fini" ]; then
    is "$(cat "$work/err")" "pprof: address 0x$fini found in binary, but the corresponding symbols \
do not have samples in the profile" "disasm: an address without samples"
else
    skip "nm is not installed"
fi

# --- weblist ---
pprof -weblist=spin -output="$work/page.html" "$profile"
like "$(cat "$work/err")" "^Generating report in $work/page.html$" "weblist: the file is named"
page=$(cat "$work/page.html")
like "$page" '^<!DOCTYPE html>' "weblist: a page"
like "$page" '<details><summary>.*for \(unsigned i = 0; i &lt; n; i\+\+\)' "weblist: a line that opens"
like "$page" '&lt;b&gt;&quot;not&quot; &amp; markup&lt;/b&gt;' "weblist: source is escaped"
unlike "$page" '(src|href)=|https?://' "weblist: nothing is loaded from elsewhere"
like "$page" '<div class=call>.*s = mix\(s \+ i\)|<span class=at>spin\.c:7' "weblist: inlined lines have places"
pprof -weblist=zzz "$profile" > /dev/null
is "$(cat "$work/err")" "pprof: no matches found for regexp: zzz" "weblist: nothing matches"

# --- without the binary ---
pprof -proto "$profile" > "$work/named.pb.gz"
mv "$work/spin" "$work/moved"
like "$(pprof -disasm=spin "$work/named.pb.gz")" '^stat .*spin: no such file or directory$' "disasm: a missing binary is named"
like "$(pprof -weblist=spin -output=/dev/stdout "$work/named.pb.gz")" '<div><span class=hot>.*  s = mix|<div class=idle>' \
    "weblist: lines have weights without the binary too"
