/* Who serves malloc in this process, and so what our profile can see.
 *
 *   1. a call of the global symbol: does it arrive in our hook?       (malloc_real.c)
 *   2. the program's own file: does it bring an allocator of its own, exported or not?
 *   3. what RTLD_NEXT gave: which library serves the calls that we pass on
 *   4. the other modules: does one bring an allocator of its own?
 *
 * A program with an allocator inside must never get a silent empty profile. */
#include "base/atomic.h"
#include "elf/elf_file.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/unwind/module.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* Entry points by which an allocator inside a file is known. */
static const char *const allocator_names[] = {
    "malloc",     "je_malloc",  "_rjem_malloc", "__rjem_malloc", "tc_malloc",
    "mi_malloc",  "rpmalloc",   "scudo_malloc", "hoard_malloc",
};

static struct {
    uint32_t state; /* 0 not asked, 1 being found out, 2 known */
    int blind;
    char text[1024];
} owner;

static const char *allocator_name(const char *name)
{
    for (size_t i = 0; i < sizeof allocator_names / sizeof *allocator_names; i++) {
        if (strcmp(name, allocator_names[i]) == 0) {
            return allocator_names[i];
        }
    }
    return NULL;
}

/* The first function of the symbol section that is an allocator's entry and is not at `except`. */
static const char *scan_symbols(const struct pp_elf *elf, const char *table, const char *strings,
                                uint64_t except)
{
    const unsigned char *data, *text;
    size_t size, text_size;
    if (!pp_elf_section(elf, table, &data, &size) || !data ||
        !pp_elf_section(elf, strings, &text, &text_size) || !text || !text_size ||
        text[text_size - 1] != '\0') {
        return NULL;
    }
    for (size_t at = 0; at + sizeof(Elf64_Sym) <= size; at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, data + at, sizeof symbol);
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF ||
            symbol.st_name >= text_size || symbol.st_value == except) {
            continue;
        }
        const char *found = allocator_name((const char *)text + symbol.st_name);
        if (found) {
            return found;
        }
    }
    return NULL;
}

/* The allocator entry that a file defines besides ours (`except`, a file address), or NULL. */
static const char *own_allocator(const char *path, uint64_t except)
{
    struct pp_elf elf;
    if (pp_elf_open(path, &elf, NULL) != 0) {
        return NULL;
    }
    const char *found = scan_symbols(&elf, ".symtab", ".strtab", except);
    if (!found) {
        found = scan_symbols(&elf, ".dynsym", ".dynstr", except);
    }
    pp_elf_close(&elf);
    return found;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_plain_libc(const char *path)
{
    const char *name = base_name(path);
    return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-", 5) == 0 ||
           strncmp(name, "ld-", 3) == 0 || strncmp(name, "ld.so", 5) == 0;
}

/* The first other module that exports malloc: its own calls may stay inside. */
static const char *other_allocator(const struct pp_module *program, const struct pp_module *ours)
{
    const struct pp_module *behind_us = pp_module_find_sig((uintptr_t)pp_real.malloc);
    const struct pp_modules *modules = pp_modules_get_sig();
    for (size_t i = 0; i < modules->count; i++) {
        const struct pp_module *module = &modules->items[i];
        if (module == program || module == ours || module == behind_us || !module->path ||
            module->path[0] != '/' || is_plain_libc(module->path)) {
            continue;
        }
        const char *name = own_allocator(module->path, 0);
        if (name && strcmp(name, "malloc") == 0) {
            return module->path;
        }
    }
    return NULL;
}

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
    size_t len = strlen(owner.text);
    va_list args;
    va_start(args, format);
    vsnprintf(owner.text + len, sizeof owner.text - len, format, args);
    va_end(args);
}

static void say_unreached(const char *program, const char *inside)
{
    Dl_info info;
    void *global = dlsym(RTLD_DEFAULT, "malloc");
    owner.blind = 1;
    if (inside) {
        say("%s brings its own malloc (%s): its allocations cannot be seen", program, inside);
    } else if (global && dladdr(global, &info) && info.dli_fname) {
        say("malloc of %s stands before ours: allocations cannot be seen; load libpprof first",
            info.dli_fname);
    } else {
        say("another malloc stands before ours: allocations cannot be seen");
    }
}

static void say_behind(const char *behind, bool is_glibc)
{
    if (is_glibc) {
        say("malloc is glibc's; every module's calls are seen");
        return;
    }
    say("malloc is that of %s; every module's calls are seen, also of functions of its own (such "
        "as mallocx) and of its C++ operator new", *behind ? behind : "an unnamed module");
}

static void find_out(void)
{
    const struct pp_module *program = pp_module_find_sig((uintptr_t)getauxval(AT_ENTRY));
    const struct pp_module *ours = pp_module_find_sig((uintptr_t)&find_out);
    const char *path = program && program->path ? program->path : "/proc/self/exe";
    uint64_t except = program && program == ours ? (uintptr_t)&malloc - program->bias : 0;
    const char *inside = own_allocator("/proc/self/exe", except);
    bool is_glibc;
    const char *behind = pp_malloc_real_path(&is_glibc);
    if (!pp_malloc_reaches_us()) {
        say_unreached(path, inside);
        return;
    }
    if (inside) {
        owner.blind = 1;
        say("%s brings its own allocator (%s): what it allocates there cannot be seen; ", path,
            inside);
    }
    say_behind(behind, is_glibc);
    const char *other = other_allocator(program, ours);
    if (other) {
        say("; %s brings its own malloc, whose inner calls are not seen", other);
    }
}

const char *pp_heap_owner(int *blind)
{
    uint32_t unknown = 0;
    if (pp_cas(&owner.state, &unknown, 1u)) {
        find_out();
        pp_store_release(&owner.state, 2u);
    }
    if (pp_load_acquire(&owner.state) != 2) {
        *blind = 0; /* another thread is at it; nobody waits, since a fork could make that for ever
         * */
        return "who serves malloc is being found out";
    }
    *blind = owner.blind;
    return owner.text;
}
