#!/bin/sh
# Links the library's objects and zlib into one relocatable object, makes everything hidden local to
# it, and wraps it in an archive. usage: archive.sh LD OBJCOPY AR LIBZ OUTPUT OBJECT...
set -eu
ld=$1 objcopy=$2 ar=$3 libz=$4 output=$5
shift 5
whole="$output.tmp.o"
"$ld" -r -o "$whole" "$@" "$libz"
zlib_names="$output.tmp.names"
nm -g --defined-only "$libz" | awk 'NF == 3 { print $3 }' | sort -u > "$zlib_names"
# Our code gets a section name that is a C identifier, so that the final link marks its ends and stacks
# can leave our own frames out (capture/caller_sig.c).
"$objcopy" --localize-hidden --localize-symbols="$zlib_names" \
    --rename-section .text=pp_text --rename-section .text.unlikely=pp_text \
    --rename-section .text.pp_hooks=pp_text --rename-section .text.hot=pp_text --rename-section .text.startup=pp_text "$whole"
rm -f "$output"
"$ar" rcs "$output" "$whole"
rm -f "$whole" "$zlib_names"
