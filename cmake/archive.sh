#!/bin/sh
# Links the library's objects and zlib into one relocatable object, makes everything hidden local to
# it, and wraps it in an archive. usage: archive.sh CC LD OBJCOPY AR LIBZ OUTPUT OBJECT...
set -eu
cc=$1 ld=$2 objcopy=$3 ar=$4 libz=$5 output=$6
shift 6
whole="$output.tmp.o"
renamed="$output.tmp.d"
rm -rf "$renamed"
mkdir -p "$renamed"

# A static program has nothing behind a hook to pass calls on to: its libc is linked by the same names,
# and only malloc, free and their like have others there. So the other hooks are called __wrap_NAME, which
# the linker's --wrap=NAME puts before NAME; __real_NAME is then libc's (unwind/next.c reads the table).
: > "$renamed/wrapped"
for object; do
    shift
    case $object in
    */malloc_hooks.c.o) set -- "$@" "$object" ;;
    *_hooks.c.o | *_hook.S.o | *_stubs.S.o)
        copy="$renamed/$(basename "$object")"
        nm -g --defined-only "$object" |
            awk '$3 !~ /^pp_/ { print $3, "__wrap_" $3 }' > "$renamed/names"
        "$objcopy" --redefine-syms="$renamed/names" "$object" "$copy"
        awk '{ print $1 }' "$renamed/names" >> "$renamed/wrapped"
        set -- "$@" "$copy"
        ;;
    *) set -- "$@" "$object" ;;
    esac
done

sort -u "$renamed/wrapped" | awk '
BEGIN { print "    .globl pp_wrapped_calls\n    .hidden pp_wrapped_calls\n    .section .data.rel.ro, \"aw\""
        print "    .balign 8\npp_wrapped_calls:" }
{ names = names "1" NR ": .asciz \"" $1 "\"\n"
  print "    .weak __real_" $1 "\n    .8byte 1" NR "f, __real_" $1 }
END { print "    .8byte 0, 0\n    .section .rodata\n" names "    .section .note.GNU-stack, \"\", %progbits" }
' > "$renamed/table.S"
"$cc" -c -o "$renamed/table.o" "$renamed/table.S"

"$ld" -r -o "$whole" "$@" "$renamed/table.o" "$libz"
nm -g --defined-only "$libz" | awk 'NF == 3 { print $3 }' | sort -u >> "$renamed/local"
# Our code gets a section name that is a C identifier, so that the final link marks its ends and stacks
# can leave our own frames out (capture/caller_sig.c).
"$objcopy" --localize-hidden --localize-symbols="$renamed/local" \
    --rename-section .text=pp_text --rename-section .text.unlikely=pp_text \
    --rename-section .text.pp_hooks=pp_text --rename-section .text.hot=pp_text --rename-section .text.startup=pp_text "$whole"
rm -f "$output"
"$ar" rcs "$output" "$whole"
rm -rf "$whole" "$renamed"
