#!/usr/bin/env bash
# What is installed is whole: by cmake --install, as a Debian package, and as a tarball of the sources.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
need cc cmake cpack curl dpkg-deb pkg-config
room
[ -e "$build/libpprof.a" ] || skip_all "libpprof.a is not built"
plan 22

cat >"$tmp/user.c" <<'C'
#include <pprof/pprof.h>
#include <stdio.h>
#include <stdlib.h>
static int print(void *ctx, const struct pprof_response *response, const void *data, size_t len)
{
    (void)ctx;
    (void)data;
    printf("%d %s\n", response->status, len ? "body" : "empty");
    return 0;
}
int main(void)
{
    struct pprof_request request = { .method = "GET", .path = "/debug/pprof/heap", .query = "debug=1" };
    free(malloc(1000));
    return pprof_handle(&request, print, NULL);
}
C

# A root with everything below PREFIX works from where it is. usage: check_root NAME ROOT/PREFIX
check_root() {
    local name=$1 at=$2 lib
    lib=$(dirname "$(find "$at" -name libpprof.so.0 | head -1)")
    [ -L "$lib/libpprof.so" ] && [ -L "$lib/libpprof.so.0" ] && [ -s "$lib/libpprof.a" ]
    ok $? "$name: the library, its soname, its link, its archive" "$(find "$at" -name 'libpprof*')"
    is "$(cd "$at/include/pprof" && echo pprof.h profile.h)" "$(cd "$at/include/pprof" && ls | grep -xE 'pprof.h|profile.h' | xargs)" "$name: the headers"
    missing=
    for page in docs/man/*.[13]; do
        found=$(find "$at" -path "*/man/*" -name "$(basename "$page")*" | head -1)
        [ -n "$found" ] || missing="$missing $page"
    done
    for page in go_select go_getaddrinfo pprof_serve; do
        find "$at" -path "*/man3/$page.3*" | grep -q . || missing="$missing $page"
    done
    is "$missing" "" "$name: every manual page, by its functions too"
    like "$("$at/bin/pprof" --version)" '^pprof [0-9]' "$name: the tool starts"
    out=$("$at/bin/pprof" run -- sh -c 'grep -c "'"$lib"'/libpprof" /proc/self/maps >/dev/null && echo found' 2>&1)
    like "$out" '^pprof: serving' "$name: pprof run finds the library beside it" "$out"
    flags=$(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags --libs libpprof)
    # shellcheck disable=SC2086
    cc -o "$tmp/user" "$tmp/user.c" $flags -Wl,-rpath,"$lib"
    is "$("$tmp/user")" "200 body" "$name: a program built by what pkg-config says runs"
}

DESTDIR=$tmp/root cmake --install "$build" --prefix /usr/local >"$tmp/log" 2>&1
ok $? "cmake --install" "$(tail -5 "$tmp/log")"
check_root install "$tmp/root/usr/local"
is "$(objdump -p "$(find "$tmp/root" -name libpprof.so.0)" | awk '/SONAME/ { print $2 }')" libpprof.so.0 "the soname"

# The package, put into a root of its own by dpkg.
(cd "$build" && cpack -G DEB -B "$tmp/deb") >"$tmp/log" 2>&1
package=$(ls "$tmp"/deb/*.deb 2>/dev/null)
like "$package" 'pprof-c_[0-9.]+_(amd64|arm64)\.deb$' "cpack makes a package" "$(tail -5 "$tmp/log")"
info=$(dpkg-deb -I "$package")
like "$info" '^ Depends: .*libc6 \(>= 2' "it depends on libc"
unlike "$info" '^ Depends: .*(libdw|libcurl|libcapstone)' "what is loaded on demand is no dependency"
mkdir -p "$tmp/system/var/lib/dpkg/updates" "$tmp/system/var/lib/dpkg/info"
: >"$tmp/system/var/lib/dpkg/status"
if [ "$(id -u)" = 0 ]; then
    dpkg --root="$tmp/system" --force-depends --unpack "$package" >"$tmp/log" 2>&1
    ok $? "dpkg unpacks it" "$(tail -5 "$tmp/log")"
else
    dpkg-deb -x "$package" "$tmp/system"
    ok $? "it unpacks (dpkg wants root)"
fi
check_root package "$tmp/system/usr"
if [ "$(id -u)" = 0 ]; then
    dpkg --root="$tmp/system" --force-depends -r pprof-c >"$tmp/log" 2>&1
    is "$(find "$tmp/system" -name '*pprof*' -not -path '*/var/lib/dpkg/*' | wc -l)" 0 "and removes it without a trace"
else
    skip "dpkg wants root to remove it"
fi

# The tarball.
if git rev-parse HEAD >/dev/null 2>&1; then
    version=$(sed -n 's/^project(pprof-c VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
    git archive --prefix="pprof-c-$version/" -o "$tmp/pprof-c.tar.gz" HEAD && tar -C "$tmp" -xzf "$tmp/pprof-c.tar.gz"
    [ -e "$tmp/pprof-c-$version/CMakeLists.txt" ] && [ -x "$tmp/pprof-c-$version/run" ]
    ok $? "the tarball holds the sources"
    cmake -S "$tmp/pprof-c-$version" -B "$tmp/configured" >"$tmp/log" 2>&1
    ok $? "which configure outside of a repository" "$(tail -5 "$tmp/log")"
    like "$(make -n dist)" "pprof-c-.*tar.gz" "make dist makes it"
else
    for _ in 1 2 3; do skip "no git repository here"; done
fi
