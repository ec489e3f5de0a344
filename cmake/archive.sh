#!/bin/sh
# Links the library's objects and zlib into one relocatable object, makes everything hidden local to
# it, and wraps it in an archive. usage: archive.sh LD OBJCOPY AR LIBZ OUTPUT OBJECT...
set -eu
ld=$1 objcopy=$2 ar=$3 libz=$4 output=$5
shift 5
whole="$output.tmp.o"
renamed="$output.tmp.d"
rm -rf "$renamed"
mkdir -p "$renamed"

# A static program has nothing behind a hook to pass calls on to: its libc is linked by the same names,
# and only malloc, free and their like have others there. So the other hooks lose their names.
for object; do
    shift
    case $object in
    *_hooks.c.o | *_hook.S.o | *_stubs.S.o)
        copy="$renamed/$(basename "$object")"
        names='$3 !~ /^pp_/'
        case $object in */malloc_hooks.c.o) names='$3 == "malloc_usable_size"' ;; esac
        nm -g --defined-only "$object" |
            awk "$names"' { print $3, "pp_unused_" $3 }' > "$renamed/names"
        "$objcopy" --redefine-syms="$renamed/names" "$object" "$copy"
        awk '{ print $2 }' "$renamed/names" >> "$renamed/local"
        set -- "$@" "$copy"
        ;;
    *) set -- "$@" "$object" ;;
    esac
done

"$ld" -r -o "$whole" "$@" "$libz"
nm -g --defined-only "$libz" | awk 'NF == 3 { print $3 }' | sort -u >> "$renamed/local"
# Our code gets a section name that is a C identifier, so that the final link marks its ends and stacks
# can leave our own frames out (capture/caller_sig.c).
"$objcopy" --localize-hidden --localize-symbols="$renamed/local" \
    --rename-section .text=pp_text --rename-section .text.unlikely=pp_text \
    --rename-section .text.pp_hooks=pp_text --rename-section .text.hot=pp_text --rename-section .text.startup=pp_text "$whole"
rm -f "$output"
"$ar" rcs "$output" "$whole"
rm -rf "$whole" "$renamed"
