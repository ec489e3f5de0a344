#!/usr/bin/env bash
# Names, lines and sources from elsewhere: debuginfod servers, supplementary files, https servers that want
# a certificate. Binaries, certificates and servers are made here; everything stays on loopback.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
pprof=$(realpath "${PP_BUILD:-build}/pprof")
need python3 gcc g++ objcopy strip nm readelf
work=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} -gt 0 ] && kill "${servers[@]}" 2>/dev/null; rm -rf "$work"' EXIT
export PYTHONPATH=$PWD/tests/data HOME=$work PPROF_BINARY_PATH=$work/nowhere PPROF_TMPDIR=$work/saved
unset DEBUGINFOD_URLS DEBUGINFOD_CACHE_PATH XDG_CACHE_HOME http_proxy HTTP_PROXY https_proxy HTTPS_PROXY
plan 29

# --- a program, and a profile of one address in it ---
mkdir "$work/src"
cat >"$work/src/prog.c" <<'C'
volatile int sink;
static inline __attribute__((always_inline)) void inner(int n)
{
    sink += n;
}
__attribute__((noinline)) void outer(int n)
{
    inner(n * 3);
}
int main(void) { outer(2); return 0; }
C
(cd "$work" && gcc -O2 -g -no-pie -Wl,--build-id=sha1 -o prog "$work/src/prog.c") || skip_all "gcc does not work here"
address=$(printf '%d' "0x$(nm "$work/prog" | awk '$3 == "outer" {print $1}')")
id=$(readelf -n "$work/prog" | awk '/Build ID:/ {print $3}')
cat >"$work/make.py" <<'PY'
"""usage: make.py PROGRAM BUILD_ID ADDRESS FILE: a profile of one sample at an address of the program."""
import struct
import sys

from protobuf import number, piece

program, build_id, address, target = sys.argv[1:]
with open(program, 'rb') as file:
    elf = file.read()
phoff, = struct.unpack_from('<Q', elf, 32)
size, count = struct.unpack_from('<HH', elf, 54)
for i in range(count):
    kind, flags, offset, vaddr, _, filesz = struct.unpack_from('<IIQQQQ', elf, phoff + i * size)
    if kind == 1 and flags & 1:
        break
start, limit = vaddr & ~4095, (vaddr + filesz + 4095) & ~4095
strings = [b'', b'samples', b'count', program.encode(), build_id.encode()]
with open(target, 'wb') as file:
    file.write(piece(1, number(1, 1) + number(2, 2)) + piece(2, number(1, 1) + number(2, 7)) +
               piece(3, number(1, 1) + number(2, start) + number(3, limit) +
                     number(4, offset & ~4095) + number(5, 3) + number(6, 4)) +
               piece(4, number(1, 1) + number(2, 1) + number(3, int(address))) +
               b''.join(piece(6, s) for s in strings))
PY
cat >"$work/server.py" <<'PY'
"""usage: server.py FOLDER PORT_FILE [CERT KEY CA]: files, each request noted in FOLDER/asked; https that
wants a client's certificate when there are three more words."""
import http.server
import os
import ssl
import sys
import urllib.parse

folder, port_file = sys.argv[1:3]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urllib.parse.unquote(self.path.split('?')[0])
        with open(folder + '/asked', 'a') as log:
            log.write(path + '\n')
        file = folder + '/' + path.strip('/').replace('/', '_')
        if not os.path.isfile(file):
            self.send_response(404)
            self.end_headers()
            return
        with open(file, 'rb') as data:
            body = data.read()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return 'client'

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    context.load_verify_locations(sys.argv[5])
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(port_file + '.new', 'w') as file:
    file.write(str(server.server_address[1]))
os.rename(port_file + '.new', port_file)
server.serve_forever()
PY
serve() { # FOLDER ...: the port in $port
    python3 "$work/server.py" "$1" "$1/port" "${@:2}" 2>/dev/null &
    servers+=($!)
    until_true [ -s "$1/port" ]
    port=$(cat "$1/port" 2>/dev/null)
}
run() { # $out, $err
    out=$("$pprof" "$@" 2>"$work/err")
    err=$(cat "$work/err")
}
profile=$work/profile.pb
python3 "$work/make.py" "$work/prog" "$id" "$address" "$profile"

run -list=outer "$profile"
like "$out" '\. +7 +8: *inner\(n \* 3\);' "with the binary: lines"

# --- compiled from a directory that is not ours, names that only the symbol table has in full ---
mkdir -p "$work/tree/sub"
cat >"$work/tree/sub/hidden.cc" <<'CC'
volatile int sink;
namespace {
struct Box {
    void fill(int n) const
    {
        auto put = [n](int m) { sink += n * m; };
        put(2);
    }
};
}
int main() { Box().fill(3); }
CC
(cd "$work/tree" && g++ -O0 -g -no-pie -o "$work/hidden" sub/hidden.cc)
address=$(printf '%d' "0x$(nm "$work/hidden" | awk '/ZZNK12_GLOBAL__N_13Box4fill/ {print $1}')")
python3 "$work/make.py" "$work/hidden" "" "$address" "$work/hidden.pb"
run -list=fill "$work/hidden.pb"
like "$out" "in $work/tree/sub/hidden.cc" "a relative name of a source begins where it was compiled"
like "$out" 'fill\(\) const::\{lambda\(int\)#1\}::operator\(\) in' "a lambda has its whole name"
like "$out" '6: *auto put' "and the source is found from elsewhere"

# --- debuginfod ---
mkdir "$work/web"
objcopy --only-keep-debug "$work/prog" "$work/web/buildid_${id}_debuginfo"
cp "$work/prog" "$work/whole"
strip "$work/prog"
run -top "$profile"
unlike "$out" 'outer' "stripped: no name"
serve "$work/web"
[ -n "$port" ] || port=1
export DEBUGINFOD_URLS="ima:ignore http://127.0.0.1:$port/" XDG_CACHE_HOME=$work/cache
run -symbolize=fastlocal -top "$profile"
is "$([ -e "$work/web/asked" ] || echo none)" "none" "fastlocal asks no server"
run -top "$profile"
like "$out" ' outer$' "debuginfod: a name"
like "$out" ' inner \(inline\)$' "debuginfod: inlined calls"
cmp -s "$work/cache/debuginfod_client/$id/debuginfo" "$work/web/buildid_${id}_debuginfo"
ok $? "it is kept where the debuginfod client keeps it"
asked=$(wc -l <"$work/web/asked")
run -top "$profile"
is "$(wc -l <"$work/web/asked")" "$asked" "and not asked for again"

cp "$work/whole" "$work/web/buildid_${id}_executable"
mv "$work/prog" "$work/elsewhere"
rm -rf "$work/cache"
run -disasm=outer "$profile"
like "$out" 'ROUTINE =+ outer' "a missing program: its code from the server"
unlike "$err" 'failed|cannot' "and nothing to complain about"
mv "$work/src" "$work/moved"
cp "$work/moved/prog.c" "$work/web/buildid_${id}_source_$(echo "$work/src/prog.c" | sed 's,^/,,; s,/,_,g')"
run -list=outer "$profile"
like "$out" 'inner\(n \* 3\);' "a missing source: from the server"
like "$(ls "$work/cache/debuginfod_client/$id")" '^source##.*#src#prog\.c$' "kept under its path"
rm -rf "$work/cache"
rm "$work/web/buildid_${id}_"*
run -top "$profile"
like "$err" 'Local symbolization failed for prog' "a server that has nothing"
is "$(find "$work/cache" -type f -size 0 | wc -l)" "2" "is remembered for a while"
asked=$(wc -l <"$work/web/asked")
run -top "$profile"
is "$(wc -l <"$work/web/asked")" "$asked" "and spared"
unset DEBUGINFOD_URLS

# --- a supplementary file, as dwz makes them ---
mv "$work/moved" "$work/src"
if command -v dwz >/dev/null; then
    mkdir "$work/dwz"
    { # types that both have; libdw takes no file that has nothing but names
        printf '#include <%s>\n' stdio.h netdb.h sys/stat.h
        cat "$work/src/prog.c"
        echo 'FILE *file; struct stat status; struct addrinfo info; struct servent service; struct hostent host;'
    } >"$work/dwz/prog.c"
    (cd "$work/dwz" && gcc -O2 -g -no-pie -o one prog.c && gcc -O2 -g -no-pie -DTWO -o two prog.c &&
        dwz -m common one two) 2>"$work/err"
    python3 "$work/make.py" "$work/dwz/one" "$(readelf -n "$work/dwz/one" | awk '/Build ID:/ {print $3}')" \
        "$(printf '%d' "0x$(nm "$work/dwz/one" | awk '$3 == "outer" {print $1}')")" "$work/dwz.pb"
    run -top "$work/dwz.pb"
    if readelf -S "$work/dwz/common" 2>/dev/null | grep -q debug_info; then
        like "$out" ' outer$' "dwz: a name"
        like "$out" ' inner \(inline\)$' "dwz: inlined calls, whose names are in the common file"
    else
        skip "dwz made no common file"
        skip "dwz made no common file"
    fi
else
    skip "dwz is not installed"
    skip "dwz is not installed"
fi

# --- https with certificates ---
mkdir "$work/tls"
cp "$profile" "$work/tls/heap"
rest=10
certificates() {
    cd "$work/tls" &&
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=ca &&
        for name in server client; do
            openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj "/CN=$name" &&
                printf 'subjectAltName=IP:127.0.0.1\n' >$name.ext &&
                openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
                    -extfile $name.ext -out $name.crt || return 1
        done
}
if ! command -v openssl >/dev/null || ! (certificates) >"$work/openssl" 2>&1; then
    for _ in $(seq $rest); do skip "openssl cannot make certificates here"; done
    exit 0
fi
if ! ldconfig -p | grep -q 'libcurl\(-gnutls\)\?\.so\.4'; then
    for _ in $(seq $rest); do skip "libcurl is not installed"; done
    exit 0
fi
serve "$work/tls" "$work/tls/server.crt" "$work/tls/server.key" "$work/tls/ca.crt"
at=127.0.0.1:${port:-1}/heap
pair=(-tls_cert="$work/tls/client.crt" -tls_key="$work/tls/client.key")
run -raw -symbolize=none "${pair[@]}" -tls_ca="$work/tls/ca.crt" "https://$at"
like "$out" '^samples/count' "https: a pair and the server's authority"
run -raw -symbolize=none "${pair[@]}" "https+insecure://$at"
like "$out" '^samples/count' "https+insecure: any server"
https_proxy=http://127.0.0.1:1 run -raw -symbolize=none "${pair[@]}" -tls_ca="$work/tls/ca.crt" "https://$at"
like "$out" '^samples/count' "https: no proxy is asked for this machine"
run -raw -symbolize=none "${pair[@]}" "https://$at"
like "$err" 'http fetch: .*": tls: failed to verify certificate: x509: certificate signed by unknown authority' \
    "https: an unknown authority is an error, in Go's words"
run -raw -symbolize=none "${pair[@]}" -tls_ca="$work/tls/ca.crt" "https://localhost:$port/heap"
like "$err" ': tls: failed to verify certificate: x509: certificate is not valid for this name' \
    "https: another name is an error"
run -raw -symbolize=none "https://127.0.0.1:1/heap"
like "$err" 'dial tcp 127\.0\.0\.1:1: connect: connection refused$' "https: nobody listens"
run -raw -symbolize=none -tls_ca="$work/tls/ca.crt" "https://$at"
like "$err" 'failed to fetch any source profiles' "a server that wants a certificate gets none"
run -raw -symbolize=none "${pair[0]}" "https://$at"
like "$err" 'tls_cert is specified, so -tls_key must also be specified' "a certificate without its key"
run -raw -symbolize=none "${pair[1]}" "https://$at"
like "$err" 'tls_key is specified, so -tls_cert must also be specified' "a key without its certificate"
run -raw -symbolize=none -tls_ca="$work/none" "https://$at"
like "$err" "could not load CA specified by -tls_ca: open $work/none: no such file or directory" "a missing file is named"
