#!/usr/bin/env bash
# Reports on profiles of our own making against golden outputs, named by profile and flags; messages
# and exit statuses. UPDATE_GOLDEN=1 writes the outputs anew: read the difference before committing.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
build=$(cd "${PP_BUILD:-$here/../../build}" && pwd)
pprof=$build/pprof
golden=$here/../golden/pprof
need python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export TZ=UTC PPROF_BINARY_PATH=/nonexistent HOME=$work PPROF_TMPDIR=$work
gen() { python3 "$here/../data/gen.py" "$@"; }
gen --samples 200 --funcs 40 --locs 90 --depth 8 cpu.pb.gz
gen --samples 200 --funcs 40 --locs 90 --depth 8 --seed 2 cpu2.pb.gz
gen --samples 150 --funcs 30 --locs 60 --depth 8 --kind heap --labels 2 --numlabels 1 heap.pb.gz

python3 "$here/../data/odd.py" odd.pb.gz
python3 "$here/../data/odd.py" twice.pb.gz twice

# profile, then flags
goldens=(
    "cpu -top"
    "cpu -top -cum -nodecount=5"
    "cpu -top -lines -unit=ms"
    "cpu -top -addresses -noinlines"
    "cpu -top -focus=net::.*1 -ignore=put -compact_labels"
    "cpu -top -hide=net -relative_percentages -focus=put"
    "cpu -top -show_from=main"
    "cpu -top -files -drop_negative -base=cpu2.pb.gz"
    "cpu -top -diff_base=cpu2.pb.gz"
    "cpu -top -normalize -base=cpu2.pb.gz"
    "cpu -tree -nodecount=6"
    "cpu -peek=put"
    "cpu -traces"
    "cpu -raw"
    "cpu -dot -nodecount=12"
    "cpu -dot -call_tree -nodecount=12 -focus=put"
    "cpu -callgrind"
    "cpu -list=put"
    "heap -top -inuse_space"
    "heap -top -alloc_objects -mean"
    "heap -tags"
    "heap -tags -tagfocus=1kb:64kb"
    "heap -top -tagroot=key0"
    "heap -dot -nodecount=12"
    "heap -traces -taghide=key0"
    "heap -comments"
    "odd -top -tagroot=query,key -tagleaf=wait"
    "odd -traces"
    "odd -tags"
    "odd -raw"
    "odd -dot"
    "odd -callgrind"
    "twice -raw -base=odd.pb.gz"
)
plan $((${#goldens[@]} + 24))

for line in "${goldens[@]}"; do
    read -r -a words <<<"$line"
    name=$(tr -c 'A-Za-z0-9=._\n-' '_' <<<"${line// /}")
    got=$("$pprof" -symbolize=none "${words[@]:1}" "${words[0]}.pb.gz" 2>&1 | sed "s|$work|WORK|g")
    if [ -n "${UPDATE_GOLDEN:-}" ]; then printf '%s\n' "$got" >"$golden/$name"; fi
    if [ -f "$golden/$name" ]; then
        ok "$([ "$got" = "$(cat "$golden/$name")" ]; echo $?)" "pprof $line" \
            "$(diff "$golden/$name" - <<<"$got" | head -20)"
    else
        ok 1 "pprof $line" "no golden output $name"
    fi
done

# What writes texts more than once is written with each of them once.
"$pprof" -symbolize=none -proto -tagroot=query -output=once.pb.gz odd.pb.gz 2>/dev/null
repeated=$(PYTHONPATH=$here/../data python3 -c '
import gzip
from protobuf import fields
texts = [f[1] for f in fields(gzip.open("once.pb.gz").read()) if f[0] == 6]
print(len(texts) - len(set(texts)))')
ok "$([ "$repeated" = 0 ]; echo $?)" "no text stands twice in what -proto writes" "repeated: $repeated"
text=$("$pprof" -symbolize=none -top -sample_index=wall odd.pb.gz 2>&1)
like "$text" 'sample_index "wall" must be one of: \[samples cpu\]' \
    "a type that stands twice is no type"

# A mistake is one sentence on standard error, status 2, and nothing on standard output.
mistake() { # regex, name, arguments...
    local want=$1 name=$2 text status
    shift 2
    text=$("$pprof" -symbolize=none "$@" 2>&1 >"$work/stdout")
    status=$?
    if [ $status -eq 2 ] && [ ! -s "$work/stdout" ]; then like "$text" "$want" "$name"; else
        ok 1 "$name" "status $status, standard output: $(head -c 300 "$work/stdout"), said: $text"
    fi
}
head -c 900 cpu.pb.gz >cut.pb.gz
noise >noise
: >empty
mistake '^cut.pb.gz: ' "a truncated profile" -top cut.pb.gz
mistake '^noise: parsing profile: unrecognized profile format$' "noise" -top noise
mistake '^empty: parsing profile: empty input file$' "an empty file" -top empty
mistake '^gone: stat gone: no such file or directory$' "no file" -top gone
mistake '^pprof: failed to fetch any source profiles$' "no source left" -top gone
mistake '^pprof: parsing focus regexp: error parsing regexp: missing closing \): `\(`$' \
    "a bad expression" -top -focus='(' cpu.pb.gz
mistake '^pprof: no matches found for regexp: nobody$' "nothing to peek at" -peek=nobody cpu.pb.gz
mistake '^pprof: sample_index "no" must be one of: \[samples cpu\]$' "no such sample type" \
    -top -sample_index=no cpu.pb.gz
mistake '^pprof: zero divisor specified$' "division by zero" -top -divide_by=0 cpu.pb.gz
mistake '^pprof: must set at most one output format$' "two reports" -top -tree cpu.pb.gz
mistake '^flag provided but not defined: -nonsense$' "an unknown flag" -nonsense cpu.pb.gz

text=$("$pprof" -top cpu.pb.gz gone 2>&1 >/dev/null)
ok $? "one source of two is enough"
like "$text" '^Fetched 1 source profiles out of 2$' "and it is said"

"$pprof" -symbolize=none -proto cpu.pb.gz cpu2.pb.gz >both.pb.gz
is "$("$pprof" -symbolize=none -top both.pb.gz)" \
    "$("$pprof" -symbolize=none -top cpu.pb.gz cpu2.pb.gz)" "a merged profile written and read again"

"$pprof" -symbolize=none -proto -diff_base=cpu2.pb.gz cpu.pb.gz >diff.pb.gz
is "$("$pprof" -symbolize=none -top diff.pb.gz)" \
    "$("$pprof" -symbolize=none -top -diff_base=cpu2.pb.gz cpu.pb.gz)" "a saved difference shows the same"

# The shell: the same reports, options that stay, mistakes that do not end it.
printf '%s\n' 'top3' 'nodecount=2' 'top' 'top10 -cum' 'nonsense' 'sample_index=no' 'mean=perhaps' 'o' 'q' \
    >script
text=$("$pprof" -symbolize=none cpu.pb.gz <script 2>said)
ok $? "the shell ends with q"
is "$(grep -cE '^ .*%' <<<"$text")" 18 "three tables: headings, 3, 2 and 10 rows"
is "$(grep -cE 'unrecognized command: "nonsense"|sample_index "no" must be|illegal value "perhaps"' said)" 3 \
    "mistakes are said and the shell goes on"
like "$(cat said)" '^  nodecount                 = 2 ' "options are shown"
printf 'top > there\n' | "$pprof" -symbolize=none cpu.pb.gz 2>/dev/null
ok "$([ -s there ]; echo $?)" "a report goes to a file, and the end of the input ends the shell"
printf 'top1\302\2402\ntop1\0133\n' | "$pprof" -symbolize=none cpu.pb.gz >spaced 2>said
is "$(grep -c 'flat%' spaced):$(grep -c unrecognized said)" "2:0" "wide and odd white space parts words"

is "$(TZ=UTC+3 "$pprof" -raw cpu.pb.gz 2>/dev/null | grep ^Time)" \
    "$("$pprof" -raw cpu.pb.gz 2>/dev/null | grep ^Time)" "a zone that no file describes is UTC"
