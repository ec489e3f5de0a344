# What the tool links beyond libc. Small and needed at every start: linked statically. Heavy or rarely
# needed (libdw, libcurl, ...): loaded with dlopen when first used, so that -top starts in milliseconds.
find_library(PP_RE2_STATIC NAMES libre2.a REQUIRED)
find_library(PP_DEFLATE_STATIC NAMES libdeflate.a REQUIRED)
# By name and not by the linker's language: programs made of C files and object libraries link as C.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libstdc++.a
                OUTPUT_VARIABLE PP_STDCXX_STATIC OUTPUT_STRIP_TRAILING_WHITESPACE)
list(APPEND PP_TOOL_LIBS ${PP_RE2_STATIC} ${PP_DEFLATE_STATIC} ${PP_STDCXX_STATIC} m -static-libstdc++ -static-libgcc)
