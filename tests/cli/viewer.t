#!/usr/bin/env bash
# Pictures of the graph, and the programs that show them: with stand-ins for dot and for the viewers.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$(realpath "${PP_BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/tmp" "$work/none"
# a profile of two functions as older tools write it: main calls leaf
profile="$work/heap.txt"
printf '%s\n' 'heap profile: 4: 4096 [4: 4096] @ heap/1' ' 3: 3072 [3: 3072] @ 0x1001 0x2001' \
    ' 1: 1024 [1: 1024] @ 0x2001' > "$profile"
viewer() {
    cat > "$work/bin/$1" <<SCRIPT
#!/bin/sh
echo "$1 \$# \${1##*.}" > "$work/shown"
for last; do :; done
cp "\$last" "$work/copy"
echo "\$last" > "$work/name"
exit ${2:-0}
SCRIPT
    chmod +x "$work/bin/$1"
}
stand_in_dot() {
    printf '#!/bin/sh\n%s\n' "$1" > "$work/bin/dot"
    chmod +x "$work/bin/dot"
}
pprof() {
    rm -f "$work/shown" "$work/copy"
    (cd "$work" && PATH="$work/bin:/usr/bin:/bin" TMPDIR="$work/tmp" DISPLAY='' \
        timeout "${within:-600}" "$build/pprof" -symbolize=none "$@" 2> "$work/err")
}
bare() { # no program can be found
    (cd "$work" && env -i PATH="$work/none" TMPDIR="$work/tmp" "$build/pprof" -symbolize=none "$@" 2> "$work/err")
}
plan 27

# --- svg is our own ---
svg=$(bare -svg "$profile")
is $? 0 "svg: nothing needs to be installed"
like "$svg" '<svg xmlns=' "svg: a drawing"
like "$svg" 'id="node1"' "svg: with the nodes of dot"
if command -v python3 > /dev/null; then
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())' \
        <<<"$svg" 2> "$work/xml"
    ok $? "svg: well-formed" "$(cat "$work/xml")"
else
    skip "python3 is not installed"
fi
is "$(grep -o 'id="node[0-9]*"' <<<"$svg" | sort -u | wc -l)" \
    "$(bare -dot "$profile" | grep -c '^N[0-9]* \[')" "svg: as many boxes as dot has"

# --- through dot ---
stand_in_dot 'echo "$1"; cat'
for type in gif pdf png ps; do
    text=$(pprof -$type "$profile")
    is "$(head -1 <<<"$text")" "-T$type" "$type: dot is asked for it"
done
like "$text" '^digraph ' "dot reads the graph"
pprof -png -output="$work/file" "$profile"
is "$(cat "$work/err")" "Generating report in $work/file" "png: into a file"
is "$(head -1 "$work/file")" "-Tpng" "png: the file is dot's"
stand_in_dot 'exit 3'
pprof -png "$profile" > /dev/null
is $? 2 "dot fails: status"
like "$(cat "$work/err")" '^pprof: failed to execute dot\. Is Graphviz installed\? Error: exit status 3' "dot fails: words"
stand_in_dot 'exec sleep 3600'
PPROF_DOT_TIMEOUT=1 within=300 pprof -png "$profile" > /dev/null
status=$?
like "$(cat "$work/err")" 'did not finish within 1 s' "dot hangs: it is ended"
is $status 2 "dot hangs: not for ever"
bare -pdf "$profile" > /dev/null
like "$(cat "$work/err")" 'Is Graphviz installed\? .*package graphviz' "no dot: what to install"

# --- viewers ---
viewer eog
pprof -eog "$profile"
is "$(cat "$work/shown" 2> /dev/null)" "eog 1 svg" "eog shows a drawing"
like "$(cat "$work/copy")" '<svg' "eog: the file was whole"
is "$(ls "$work/tmp")" "" "eog: the file is gone afterwards"
viewer gv
stand_in_dot 'cat'
pprof -gv "$profile"
is "$(cut -d' ' -f1,2 "$work/shown" 2> /dev/null)" "gv 2" "gv gets its option and the file"
viewer kcachegrind
pprof -kcachegrind "$profile"
like "$(head -1 "$work/copy" 2> /dev/null)" '^positions: instr line' "kcachegrind gets callgrind's format"
viewer mine
BROWSER="$work/bin/mine --new" pprof -web "$profile"
is "$(cut -d' ' -f1,2 "$work/shown" 2> /dev/null)" "mine 2" "web: \$BROWSER is split at blanks"
viewer chrome
unset BROWSER
pprof -web "$profile"
is "$(cut -d' ' -f1 "$work/shown" 2> /dev/null)" "chrome" "web: the first browser that starts"
viewer eog 7
pprof -eog "$profile"
is "$?:$(cat "$work/err")" "2:pprof: exit status 7" "a viewer that fails is said"
bare -web "$profile"
like "$(cat "$work/err")" 'no browser could be started.*-output=FILE' "no browser: what to do"
pprof -web -output="$work/web.svg" "$profile"
is "$([ -e "$work/shown" ] || echo none):$(grep -c '<svg' "$work/web.svg")" "none:1" "web: a named file is not shown"
