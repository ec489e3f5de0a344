/* One binary: its symbols from our own index, the rest from libdw. */
#include "base/err.h"
#include "elf/symindex.h"
#include "tool/symbolize/binary.h"
#include "tool/symbolize/dwarf_index.h"

#include <stdlib.h>
#include <string.h>

struct pp_module {
    struct pp_arena arena;
    const char *path;
    unsigned flags;
    struct pp_elf elf, debug_elf; /* debug_elf: header NULL when not open */
    bool dwarf_tried, symbols_tried;
    struct pp_dwarf *dwarf;
    struct pp_symindex *symbols;
    const struct pp_elf *symbol_elf; /* where their names are */
    struct pp_frame frames[PP_FRAMES_MAX];
};

int pp_module_open(const char *path, unsigned flags, struct pp_module **module,
                   struct pprof_error *error)
{
    struct pp_module *made = calloc(1, sizeof(*made));
    if (!made) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    pp_arena_init(&made->arena, 0);
    made->flags = flags;
    made->path = pp_arena_strndup(&made->arena, path, strlen(path));
    int r = made->path ? pp_elf_open(path, &made->elf, error)
                       : pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    if (r) {
        pp_arena_release(&made->arena);
        free(made);
        return r;
    }
    *module = made;
    return 0;
}

void pp_module_close(struct pp_module *module)
{
    if (!module) {
        return;
    }
    pp_dwarf_close(module->dwarf);
    if (module->debug_elf.header) {
        pp_elf_close(&module->debug_elf);
    }
    pp_elf_close(&module->elf);
    pp_arena_release(&module->arena);
    free(module);
}

int pp_module_base(const struct pp_module *module, uint64_t start, uint64_t limit, uint64_t offset,
                   uint64_t *base, struct pprof_error *error)
{
    if (start == 0 && offset == 0 && (limit == 0 || limit == UINT64_MAX)) {
        *base = 0;
        return 0;
    }
    return pp_elf_base(&module->elf, start, limit, offset, base, error);
}

static bool has_symtab(const struct pp_elf *elf)
{
    const unsigned char *data = NULL;
    size_t size = 0;
    return pp_elf_section(elf, ".symtab", &data, &size) && data && size;
}

/* A stripped file keeps its full symbol table in the separate debug file. */
static const struct pp_elf *symbol_source(struct pp_module *module)
{
    if (has_symtab(&module->elf)) {
        return &module->elf;
    }
    const char *path = module->dwarf ? pp_dwarf_file(module->dwarf) : NULL;
    bool may_ask = !(module->flags & PP_MODULE_SYMBOLS_ONLY); /* which is meant to be quick */
    path = path ? path : pp_debug_file(&module->arena, module->path, &module->elf, may_ask);
    if (!path || pp_elf_open(path, &module->debug_elf, NULL)) {
        module->debug_elf.header = NULL;
        return &module->elf;
    }
    return has_symtab(&module->debug_elf) ? &module->debug_elf : &module->elf;
}

/* "getpwuid_r@@GLIBC_2.2.5" is getpwuid_r. */
static const char *without_version(struct pp_module *module, const char *name)
{
    const char *at = strchr(name, '@');
    const char *bare = at && at > name ? pp_arena_strndup(&module->arena, name, (size_t)(at - name))
                                       : NULL;
    return bare ? bare : name;
}

const struct pp_symindex *pp_module_symbols(struct pp_module *module, const struct pp_elf **elf)
{
    if (!module->symbols_tried) {
        module->symbols_tried = true;
        module->symbol_elf = symbol_source(module);
        if (pp_symindex_new(&module->arena, module->symbol_elf, &module->symbols, NULL)) {
            module->symbols = NULL;
        }
    }
    *elf = module->symbol_elf;
    return module->symbols;
}

static bool find_symbol(struct pp_module *module, uint64_t address, struct pp_symbol *symbol)
{
    const struct pp_elf *elf = NULL;
    const struct pp_symindex *symbols = pp_module_symbols(module, &elf);
    if (!symbols || !pp_symindex_find(symbols, address, symbol)) {
        return false;
    }
    symbol->name = without_version(module, symbol->name);
    return true;
}

static bool is_mangled(const char *name)
{
    return !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2);
}

/* Whether a mangled symbol may be that of a function which DWARF calls by its last name alone, as
 * in unnamed namespaces and for lambdas. Linkers fold equal functions: not any symbol will do. */
static bool may_mean(struct pp_module *module, const char *symbol, const char *name)
{
    name += name[0] == '~';
    size_t len = strcspn(name, "<");
    const char *word = pp_arena_strndup(&module->arena, name, len);
    return !strncmp(name, "operator", 8) || (len && word && strstr(symbol, word));
}

/* "malloc" rather than the "__GI___libc_malloc" that DWARF knows, and the whole name rather than
 * its last part; otherwise DWARF's name, which has no suffix for the pieces and clones of one
 * function and is not fooled by folded functions. */
static bool prefer_symbol(struct pp_module *module, const char *name, const char *symbol)
{
    bool reserved = name[0] == '_' && !is_mangled(name);
    bool internal = !strncmp(name, "__GI_", 5) && strncmp(symbol, "__GI_", 5) != 0;
    bool shorter = !is_mangled(name) && is_mangled(symbol);
    return internal || (shorter ? may_mean(module, symbol, name) : reserved && symbol[0] != '_');
}

static void name_outermost(struct pp_module *module, uint64_t address, struct pp_frame *frame,
                           uint64_t entry)
{
    struct pp_symbol symbol;
    if (is_mangled(frame->name) || !find_symbol(module, address, &symbol)) {
        return;
    }
    if (!frame->name[0] ||
        (symbol.address == entry && prefer_symbol(module, frame->name, symbol.name))) {
        frame->name = symbol.name;
    }
}

/* In the file or where libdw looks for it, else where we do. */
static struct pp_dwarf *open_dwarf(struct pp_module *module)
{
    struct pp_dwarf *dwarf = pp_dwarf_open(&module->arena, module->path);
    const char *file = dwarf || pp_libdw_missing()
                           ? NULL
                           : pp_debug_file(&module->arena, module->path, &module->elf, true);
    return file ? pp_dwarf_open(&module->arena, file) : dwarf;
}

size_t pp_module_frames(struct pp_module *module, uint64_t address, const struct pp_frame **frames)
{
    if (!module->dwarf_tried) {
        module->dwarf_tried = true;
        if (!(module->flags & PP_MODULE_SYMBOLS_ONLY)) {
            module->dwarf = open_dwarf(module);
        }
    }
    uint64_t entry = 0;
    size_t n = module->dwarf ? pp_dwarf_frames(module->dwarf, address, module->frames, &entry) : 0;
    struct pp_symbol symbol;
    if (n) {
        name_outermost(module, address, &module->frames[n - 1], entry);
    } else if (find_symbol(module, address, &symbol)) {
        module->frames[n++] = (struct pp_frame){.name = symbol.name, .file = ""};
    }
    *frames = module->frames;
    return n;
}

bool pp_module_has_lines(const struct pp_module *module)
{
    return module->dwarf != NULL;
}

const char *pp_module_bare(const struct pp_module *module)
{
    return module->dwarf ? pp_dwarf_bare(module->dwarf) : NULL;
}

const struct pp_elf *pp_module_elf(const struct pp_module *module)
{
    return &module->elf;
}
