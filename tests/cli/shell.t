#!/usr/bin/env bash
# The shell: on a terminal with editing, completion, history and a pager; and fed by a script.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
pprof=$(realpath "${PP_BUILD:-build}/pprof")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_STATE_HOME=$work/state PAGER=cat TERM=xterm LC_ALL=C.UTF-8
unset LESS
printf '%s 2\n' 'main;read_header' 'main;read_body;inflate' 'main;write(int, char)' \
    'main;worker_7' >"$work/in"
plan 37

# --- a script ---
feed() { # lines on standard input
    (cd "$work" && "$pprof" -symbolize=none in 2>"$work/err")
}
out=$(printf 'top1 read\ntop read -header\nq\ntop\n' | feed)
is $? 0 "a script ends well"
like "$out" 'Showing top 1 nodes out of' "top1 shows one node"
is "$(grep -c 'read_header$' <<<"$out"),$(grep -c 'read_body$' <<<"$out")" 0,1 "a word focuses, -word ignores"
like "$(cat "$work/err")" '^Entering interactive mode' "the greeting"
unlike "$out" 'worker_7' "nothing is run behind q"
echo 'top - worker' | feed | grep -q worker_7
ok $? "a lone dash ignores nothing"
printf '%s\n' 'foo "x"' 'top=5' 'focus a' 'focus' 'cum' 'lines=yes' 'sort=x' 'nodecount=0x10' 'nodecount=99999999999999999999' \
    'trim=maybe' 'peek' 'peek zzz' 'list zzz > file' 'top >' 'sample_index=zz' | feed >"$work/out"
is "$(sed 1,/^Entering/d "$work/err")" 'unrecognized command: "foo"
unrecognized command: "top="
did you mean: focus=a
please specify a value, e.g. focus=<val>
unknown config field "cum"
unknown config field "lines"
invalid "sort" value "x"
strconv.Atoi: parsing "0x10": invalid syntax
strconv.Atoi: parsing "99999999999999999999": value out of range
illegal value "maybe" for bool variable
command peek requires an argument
no matches found for regexp: zzz
no matches found for regexp: zzz
unexpected end of line after >
sample_index "zz" must be one of: [samples]' "mistakes, in the usual words"
is "$([ -e "$work/file" ] || echo none)" "none" "a report that fails leaves no file"
out=$(printf 'divide_by=1000000\nnodefraction=0.123456789\nfocus=a//:b //: note\no\n' | feed 2>&1; cat "$work/err")
like "$out" '^  divide_by +=.1e\+06 ' "o: numbers as Go prints them"
like "$out" '^  nodefraction +=.0\.123456789 ' "o: all digits"
like "$out" '^  focus +=.a//:b ' "only the last note is cut off a value"
like "$(printf 'help cum\n' | feed; cat "$work/err")" 'sort=cum' "help knows choices"
printf 'callgrind\n' | feed >"$work/out"
is "$(cat "$work/out"; tail -1 "$work/err")" "Generating report in profile001.callgraph.out" \
    "what is no text goes to a file"
like "$(head -1 "$work/profile001.callgraph.out")" '^positions:' "which holds the report"

# --- viewers run on ---
mkdir "$work/bin"
cat >"$work/bin/eog" <<'SCRIPT'
#!/bin/sh
cat >"$0.stdin"
echo started >"$0.started"
until [ -e "$0.go" ]; do sleep 0.05; done
echo ended >"$0.ended"
SCRIPT
chmod +x "$work/bin/eog"
out=$(printf 'eog\ntop1\n' | (cd "$work" && PATH="$work/bin:$PATH" "$pprof" -symbolize=none in 2>"$work/err"))
like "$out" 'Showing top 1 nodes' "a viewer is not waited for"
for _ in $(seq 600); do [ -s "$work/bin/eog.started" ] && break; sleep 0.1; done
is "$(cat "$work/bin/eog.started" "$work/bin/eog.stdin" 2>&1):$([ -e "$work/bin/eog.ended" ] || echo runs)" \
    "started:runs" "it runs on, and reads nothing of ours"
touch "$work/bin/eog.go"
for _ in $(seq 600); do [ -e "$work/bin/eog.ended" ] && break; sleep 0.1; done
is "$(cat "$work/bin/eog.ended")" "ended" "until it ends by itself"

# --- a terminal ---
rest=20
if ! command -v python3 >/dev/null; then
    for _ in $(seq $rest); do skip "python3 is not installed"; done
    exit 0
fi
if ! "$pprof" -symbolize=none -comments "$work/in" >/dev/null 2>&1; then
    for _ in $(seq $rest); do skip "the profile cannot be read"; done
    exit 0
fi
talk() { # SIZE, then lines "TEXT<tab>KEYS"
    local size=$1
    shift
    printf '%s\n' "$@" | timeout 600 tests/cli/terminal.py "$size" "$pprof" -symbolize=none "$work/in" 2>&1
}
prompt='(pprof) '
t=$'\t'
out=$(talk 50x80 "$prompt${t}top1\\n" "$prompt${t}nodeco\\t3\\n" "$prompt${t}tre\\t\\n" \
    "$prompt${t}peek inf\\t\\n" "$prompt${t}foc\\t" "us=${t}wri\\t\\n" "$prompt${t}o\\n" "$prompt${t}q\\n")
if ! grep -q 'inflate' <<<"$out" && ! ldconfig -p | grep -q 'libedit\.so\.[02]'; then
    for _ in $(seq $rest); do skip "libedit is not installed"; done
    exit 0
fi
like "$out" '^status 0$' "a terminal: ends well"
like "$out" 'Showing top 1 nodes' "a terminal: reports"
like "$out" 'nodecount +=.3 ' "an option is completed, with its equals sign"
like "$out" 'context' "a command is completed"
like "$out" '\| inflate$' "a function is completed"
like "$out" 'focus +=.write\\\(int,\\schar\\\)' "as an expression that matches it"
is "$(stat -c %a "$work/state/pprof") $(stat -c %a "$work/state/pprof/history")" "700 600" \
    "history is its owner's alone"
is "$(head -3 "$work/state/pprof/history")" "top1
nodecount=3
tree" "history holds the lines"

out=$(talk 50x80 "$prompt${t}\\x1b[A\\x1b[A\\n" "unit  ${t}" "$prompt${t}abc\\x03" "$prompt${t}peek read_\\t" \
    "read_header${t}h\\t\\n" "calls%${t}" "$prompt${t}\\x04")
like "$out" 'focus +=' "the up key fetches a line of the last run"
like "$out" '^status 0$' "^C gives a line up, ^D ends the shell"
like "$out" 'read_body +read_header' "several names are listed"
like "$out" '\| read_header$' "and more letters choose one"
is "$(grep -c abc "$work/state/pprof/history")" "0" "a line given up is not kept"
out=$(talk 50x80 "$prompt${t}\\x03" "$prompt${t}\\x03" "$prompt${t}top1\\n" "Showing top 1${t}" "$prompt${t}q\\n")
like "$out" '^status 0$' "^C of an empty line does not end the shell"
out=$(talk 50x80 "$prompt${t}foo\\n" "$prompt${t}q\\n")
like "$out" "$(printf '\033')\\[0;31munrecognized command: \"foo\"$(printf '\033')\\[0m" "mistakes are red"

cat >"$work/bin/show" <<'SCRIPT'
#!/bin/sh
sed "s/^/$1/"
SCRIPT
chmod +x "$work/bin/show"
export PAGER="$work/bin/show paged: "
sed -i 's/sed.*/sed "s,^,paged: ,"/' "$work/bin/show"
out=$(talk 8x80 "$prompt${t}tree\\n" "paged: ------${t}" "$prompt${t}top1\\n" "$prompt${t}q\\n")
like "$out" '^paged: .*main$' "a long report goes through the pager"
unlike "$out" 'paged: Showing top 1' "a short one does not"
out=$(PAGER="$work/none" talk 8x80 "$prompt${t}tree\\n" "$prompt${t}q\\n")
like "$out" '\| main$|  main$' "no pager: it is shown all the same"
PAGER="$work/bin/show" talk 50x80 "$prompt${t}tree\\n" "$prompt${t}q\\n" >"$work/out"
unlike "$(cat "$work/out")" '^paged' "what the terminal holds is not paged"

for i in $(seq 3000); do echo "line $i"; done >"$work/state/pprof/history"
out=$(talk 50x80 "$prompt${t}\\x1b[A\\n" "$prompt${t}q\\n")
is "$(head -1 "$work/state/pprof/history"),$(grep -c . "$work/state/pprof/history"),$(tail -2 "$work/state/pprof/history" | head -1)" \
    "line 2001,1002,line 3000" "a long history is cut to its last thousand lines"
