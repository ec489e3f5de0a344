#!/usr/bin/env bash
# Binaries and profiles that are made to take for ever, or all memory: they are read nevertheless.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need gcc nm python3
pprof=$(realpath "${PP_BUILD:-build}/pprof")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PPROF_BINARY_PATH=$dir/nowhere HOME=$dir
plan 8

# One unit of DWARF 4, whose entries and other sections come from standard input.
head='
    .globl hostile
    .text
hostile: ret
    .fill 4095, 1, 0
end:
    .section .debug_info,"",@progbits
unit: .long done - 1f
1:  .short 4
    .long 0
    .byte 8, 1
    .quad hostile, end - hostile'
abbreviation='
    .section .debug_abbrev,"",@progbits
    .byte 1, 0x11, 1, 0x11, 0x01, 0x12, 0x07, 0, 0'

# top_of NAME: assembles, and reports a sample in it. The limits are far from what is needed.
top_of() {
    { echo "$head"; cat; } >"$dir/$1.S"
    gcc -nostdlib -nostartfiles -static -no-pie -Wl,-e,hostile -o "$dir/$1" "$dir/$1.S" 2>&1
    at=$((0x$(nm "$dir/$1" | awk '$3 == "hostile" { print $1 }')))
    {
        printf 'heap profile: 1: 1 [1: 1] @ heapprofile\n1: 1 [1: 1] @ 0x%x\n' $((at + 1))
        printf 'MAPPED_LIBRARIES:\n%x-%x r-xp 00001000 00:00 0 %s\n' $at $((at + 4096)) "$dir/$1"
    } >"$dir/profile"
    (ulimit -v 8000000; timeout -s KILL 120 "$pprof" -top "$dir/profile" 2>&1; echo "status $?")
}

# Each namespace's next sibling is its first child: walking both would double at every depth.
out=$(top_of twice <<EOF
    .rept 200
    .byte 2
    .long . + 4 - unit
    .endr
    .fill 202, 1, 0
done:
    $abbreviation
    .byte 2, 0x39, 1, 0x01, 0x13, 0, 0
    .byte 0
EOF
)
like "$out" ' hostile$' "siblings that are children: each is walked once"

# All functions have the same 20,000 ranges.
out=$(top_of ranges <<EOF
    .rept 60000
    .byte 2
    .long 0
    .endr
    .byte 0
done:
    $abbreviation
    .byte 2, 0x2e, 0, 0x55, 0x17, 0, 0
    .byte 0
    .section .debug_ranges,"",@progbits
    .rept 20000
    .quad 1, 2
    .endr
    .quad 0, 0
EOF
)
like "$out" ' hostile$' "functions that share a long list of ranges: only so many are kept"

# Entries of one byte, whose kind has 250,000 attributes that take none.
out=$(top_of attributes <<EOF
    .fill 500000, 1, 2
    .byte 0
done:
    $abbreviation
    .byte 2, 0x39, 0
    .rept 250000
    .byte 0x3c, 0x19
    .endr
    .byte 0, 0
    .byte 0
EOF
)
like "$out" ' hostile$' "entries with too many attributes: they are left alone"

# 100,000 symbols in a table of strings that is a single one of 4 MB, of underscores.
python3 - "$dir/symbols" >"$dir/profile" <<'EOF'
import struct
import sys

count, text = 100000, b'\0' + b'_' * (4 << 20) + b'\0hostile\0'
names = b'\0.text\0.symtab\0.strtab\0'
symbol = struct.Struct('<IBBHQQ').pack
symbols = bytes(24) + symbol(text.index(b'hostile'), 2, 0, 1, 0x501000, 16)
symbols += b''.join(symbol(1 + i, 2, 0, 1, 0x501000 + i % 64, 16) for i in range(count))
code, at = b'\x90' * 4096, 4096
offsets = []
for part in (code, symbols, text, names):
    offsets.append(at)
    at += -(-len(part) // 8) * 8
section = struct.Struct('<IIQQQQIIQQ').pack
table = bytes(64)
table += section(1, 1, 6, 0x501000, offsets[0], len(code), 0, 0, 16, 0)
table += section(7, 2, 0, 0, offsets[1], len(symbols), 3, 1, 8, 24)
table += section(15, 3, 0, 0, offsets[2], len(text), 0, 0, 1, 0)
table += section(15, 3, 0, 0, offsets[3], len(names), 0, 0, 1, 0)
head = b'\x7fELF\x02\x01\x01' + bytes(9)
head += struct.pack('<HHIQQQIHHHHHH', 2, 62, 1, 0x501000, 64, at, 0, 64, 56, 1, 64, 5, 4)
head += struct.pack('<IIQQQQQQ', 1, 5, 4096, 0x501000, 0x501000, 4096, 4096, 4096)
with open(sys.argv[1], 'wb') as out:
    out.write(head.ljust(4096, b'\0'))
    for part in (code, symbols, text, names):
        out.write(part + bytes(-len(part) % 8))
    out.write(table)
print('heap profile: 1: 1 [1: 1] @ heapprofile\n1: 1 [1: 1] @ 0x501001\nMAPPED_LIBRARIES:\n'
      '501000-502000 r-xp 00001000 00:00 0 ' + sys.argv[1])
EOF
like "$(timeout -s KILL 120 "$pprof" -top "$dir/profile" 2>&1)" ' hostile$' \
    "names of megabytes: none of them is a function's"

PYTHONPATH=tests/data python3 - >"$dir/labels.pb" <<'EOF'
import sys
from protobuf import number, piece

count = 400000
names = [b'', b'n', b'count'] + [b'%d' % i for i in range(count)]
labels = b''.join(piece(3, number(1, 3 + i) + number(2, 3 + i)) for i in range(count))
sys.stdout.buffer.write(piece(1, number(1, 1) + number(2, 2)) +
                        piece(2, number(1, 1) + number(2, 1) + labels) +
                        piece(4, number(1, 1) + number(3, 1)) +
                        b''.join(piece(6, n) for n in names))
EOF
lines=$(timeout -s KILL 120 "$pprof" -traces -symbolize=none "$dir/labels.pb" 2>/dev/null |
    grep -cE '^ +[0-9]+: +[0-9]+$')
is "$lines" 400000 "400,000 labels of a sample: all of them are written"

# Keys that meet in one place of a table without a secret, where each is compared with all before it.
python3 tests/data/collide.py names 240000 "$dir/names"
out=$(timeout -s KILL 60 "$pprof" -top -nodecount=1 -symbolize=none "$dir/names" 2>&1)
like "$out" ' of 240000 total' "240,000 names that would meet in one place of a table"
python3 tests/data/collide.py addresses 400000 "$dir/addresses"
out=$(timeout -s KILL 60 "$pprof" -top -nodecount=1 -symbolize=none "$dir/addresses" 2>&1)
like "$out" '100% +<unknown>$' "400,000 such addresses"

# As Go's: the report of the real tool over these three says the same.
printf 'a;%s\n' "b $((2 ** 62 - 1 + 2 ** 62))" "c $((2 ** 62 - 1 + 2 ** 62))" 'd 5' >"$dir/sums"
like "$("$pprof" -top -symbolize=none "$dir/sums" 2>&1)" '^ +0 +0% +100% +3 +100% +a$' \
    "sums beyond 2^63 wrap"
