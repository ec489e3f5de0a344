#!/usr/bin/env bash
# Debian's sqlite3 on a bulk insert, unmodified: same output, same status, whole stacks.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need sqlite3 python3
# A sqlite3 of the user's own in front of Debian's may be built without its shared library.
sqlite=/usr/bin/sqlite3
[ -x $sqlite ] || sqlite=$(command -v sqlite3)
room

plan 8

cat >"$tmp/bulk.sql" <<'SQL'
create table t(a integer primary key, b text, c real);
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 400000)
insert into t select i, 'row number ' || i || ' of the bulk insert', i / 7.0 from n;
commit;
create index tb on t(b);
select count(*), min(b), max(b), round(sum(c), 2) from t;
select substr(b, 1, 12), count(*) from t group by 1 order by 2 desc, 1 limit 5;
SQL

$sqlite :memory: <"$tmp/bulk.sql" >"$tmp/plain" 2>&1
plain=$?
"$pprof" run --quiet -o "$tmp/profiles" -- $sqlite :memory: <"$tmp/bulk.sql" >"$tmp/profiled" 2>&1
is $? $plain "the exit status is the program's own"
cmp "$tmp/plain" "$tmp/profiled"
ok $? "the output is unchanged" "$(diff "$tmp/plain" "$tmp/profiled" | head -5)"

cpu=$(echo "$tmp"/profiles/cpu.*.pb.gz)
heap=$(echo "$tmp"/profiles/allocs.*.pb.gz)
[ -s "$cpu" ] && [ -s "$heap" ]
ok $? "profiles are in the directory asked for" "$(ls "$tmp/profiles")"

"$pprof" -raw "$cpu" >"$tmp/raw" 2>"$tmp/raw.err"
reach=$(tests/cli/reach.py $sqlite <"$tmp/raw")
echo "# $reach" | head -9
share=$(sed -n 's/^reached .*(\([0-9]*\).*/\1/p' <<<"$reach")
[ "${share:-0}" -ge 95 ]
ok $? "at least 95 % of CPU samples reach main" "$reach"

top=$("$pprof" -top -cum -nodecount=30 "$cpu" 2>"$tmp/top.err")
like "$top" 'sqlite3_step' "a function known to be hot is among the top"
like "$top" '\[(libsqlite3|sqlite3)' "stripped frames show their module"
like "$(cat "$tmp/top.err")" '(debug|dbgsym|symbol|names)' "and the tool says what would name them"
like "$("$pprof" -top -cum -alloc_space "$heap" 2>/dev/null)" 'sqlite3_(step|malloc|exec|prepare|initialize|open|realloc)' "allocations are attributed"
