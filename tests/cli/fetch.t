#!/usr/bin/env bash
# Sources over HTTP on the command line: what is said, what is saved, how it fails.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need python3
room
export PYTHONPATH=$PWD/tests/data PPROF_TMPDIR=$tmp/saved PPROF_BINARY_PATH=$tmp HOME=$tmp
unset PPROF_TOKEN http_proxy HTTP_PROXY

cat >"$tmp/server.py" <<'PY'
import gzip, os, socket, socketserver, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from protobuf import number, piece

strings = [b'', b'alloc', b'bytes', b'leaky', b'leaky.c']
profile = gzip.compress(
    piece(1, number(1, 1) + number(2, 2)) + piece(2, number(1, 1) + number(2, 4096)) +
    piece(4, number(1, 1) + piece(4, number(1, 1) + number(2, 7))) +
    piece(5, number(1, 1) + number(2, 3) + number(3, 3) + number(4, 4)) +
    b''.join(piece(6, s) for s in strings))


class Handler(BaseHTTPRequestHandler):
    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split('?')[0]
        if path == '/heap':
            self.reply(200, profile, Content_Length=str(len(profile)))
        elif path == '/packed':
            self.reply(200, gzip.compress(profile), Content_Encoding='gzip')
        elif path == '/token':
            good = self.headers.get('Authorization') == 'Bearer abc'
            self.reply(200 if good else 401, profile if good else b'')
        elif path == '/many':
            self.reply(200, profile, **{f'X_{i}': 'y' * i for i in range(700)})
        elif path == '/endless':
            self.reply(200, profile, X_Long='y' * (2 << 20))
        elif path == '/short':
            self.reply(200, profile[:20], Content_Length=str(len(profile)))
        elif path == '/moved':
            self.reply(302, b'', Location='/heap')
        elif path == '/busy':
            self.reply(500, b'CPU profiling already in use\n', X_Go_Pprof='1',
                       Content_Type='text/plain; charset=utf-8')
        elif path == '/slow':
            time.sleep(3600)
        elif path == '/':
            self.reply(302, b'', Location='/index')
        elif path == '/index':
            self.reply(200, b'<html>profiles</html>', Content_Type='text/html')
        else:
            self.reply(404, b'no such page', Content_Type='text/plain')

    def address_string(self):
        return 'client'

    def log_message(self, *args):
        pass


class UnixServer(socketserver.ThreadingMixIn, HTTPServer):
    address_family = socket.AF_UNIX
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = 'unix', 0


class TcpServer(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True


import threading
tcp = TcpServer(('127.0.0.1', 0), Handler)
threading.Thread(target=UnixServer(sys.argv[1] + '/sock', Handler).serve_forever, daemon=True).start()
with open(sys.argv[1] + '/port.new', 'w') as file:
    file.write(str(tcp.server_address[1]))
os.rename(sys.argv[1] + '/port.new', sys.argv[1] + '/port')
tcp.serve_forever()
PY
python3 "$tmp/server.py" "$tmp" &
pids+=($!)
until_true [ -s "$tmp/port" ]
[ -s "$tmp/port" ] || skip_all "python3 could not serve on loopback"
base=http://127.0.0.1:$(cat "$tmp/port")

# run ARGS...: $out, $err, $status
run() {
    out=$(timeout 300 "$pprof" "$@" 2>"$tmp/err")
    status=$?
    err=$(cat "$tmp/err")
}

plan 29

run -top "$base/heap"
is "$status" 0 "a profile by URL"
like "$out" '4kB .* leaky$' "is reported"
like "$err" "^Fetching profile over HTTP from $base/heap$" "the URL is said"
like "$err" "^Saved profile in $tmp/saved/pprof\.alloc\.001\.pb\.gz$" "a copy is saved"
run -top "$tmp/saved/pprof.alloc.001.pb.gz"
like "$out" 'leaky$' "and can be read"
unlike "$err" 'Saved profile' "a file is not saved again"
run -top "$base/heap"
like "$err" 'alloc\.002\.pb\.gz' "copies are numbered"
HOME='' PPROF_TMPDIR='' TMPDIR="$tmp/without" run -top "$base/heap"
like "$err" "^Saved profile in $tmp/without/pprof\.alloc\.001\.pb\.gz$" "without a home, copies are temporary"
run -top -seconds 1 "$base/heap"
like "$err" "^Fetching profile over HTTP from $base/heap\?seconds=1$" "-seconds goes into the URL"
like "$err" '^Please wait\.\.\. \(1s\)$' "and is announced"
run -top "$base/many"
like "$out" '4kB .* leaky' "an answer with many long headers is read"
run -top "$base/endless"
like "$err" 'more than 1048576 bytes of headers' "but they have a limit"
run -top "$base/packed"
like "$out" leaky "a body that is packed for the way is unpacked"
run -top -tls_key="$tmp/none" "$base/heap"
like "$err" "-tls_key is specified, so -tls_cert must also be specified" "half a key pair is refused, always"
run -top "$base/moved"
is "$status" 0 "redirects are followed"
run -top "${base#http://}/heap"
is "$status" 0 "host:port without http://"
run -top ":${base##*:}/heap"
is "$status" 0 "a port alone is this machine's"
run -top "unix:$tmp/sock:/heap"
like "$out" 'leaky$' "a unix socket"
PPROF_TOKEN=abc run -top "$base/token"
is "$status" 0 "PPROF_TOKEN opens a guarded server"

run -top "$base/nothing"
is "$status" 2 "404 is a failure"
like "$err" "^$base/nothing: server response: 404 Not Found" "with the server's words"
like "$err" '^pprof: failed to fetch any source profiles$' "and the usual last line"
run -top "$base/busy"
like "$err" 'server response: 500 Internal Server Error - CPU profiling already in use' "an X-Go-Pprof sentence is shown"
run -top "$base"
like "$err" 'is an HTML page, not a profile; .*/debug/pprof/heap' "a bare server names the likely URLs"
run -top "$base/short"
like "$err" 'the server closed before its answer was complete' "a truncated body"
run -top http://127.0.0.1:1/heap
like "$err" ': http fetch: Get "http://127.0.0.1:1/heap": dial tcp 127.0.0.1:1: connect: connection refused$' \
    "no server, in Go's words"
run -top -timeout 1 "$base/slow"
like "$err" 'no complete answer in time' "a server that never answers"
is "$status" 2 "is given up in time"
run -top "$base/heap" "$base/nothing"
like "$err" '^Fetched 1 source profiles out of 2$' "one of two sources"
