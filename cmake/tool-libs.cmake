# What the tool links beyond libc. Small and needed at every start: linked statically. Heavy or rarely
# needed (libdw, libcurl, ...): loaded with dlopen when first used, so that -top starts in milliseconds.
find_library(PP_RE2_STATIC NAMES libre2.a REQUIRED)
list(APPEND PP_TOOL_LIBS ${PP_RE2_STATIC} -static-libstdc++ -static-libgcc)
