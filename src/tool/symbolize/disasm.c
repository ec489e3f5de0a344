/* Functions of a file with their aliases, and their code as text. */
#include "tool/symbolize/disasm.h"

#include "base/buf.h"
#include "base/err.h"
#include "elf/symindex.h"
#include "tool/symbolize/binary.h"
#include "tool/symbolize/demangle.h"
#include "tool/symbolize/libcapstone.h"
#include "tool/symbolize/plt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
}

/* --- functions and their names ---------------------------------------------------------------- */

/* A further name for the start of a function that the symbol index knows under its best one. */
struct alias {
    uint64_t address;
    const char *name;
};

struct aliases {
    struct pp_arena *arena;
    struct alias *items;
    size_t count, cap;
};

static bool starts_function(const struct pp_symindex *index, uint64_t address)
{
    struct pp_symbol symbol;
    return pp_symindex_find(index, address, &symbol) && symbol.address == address;
}

/* Bytes of a section and of the text it refers to, checked once. */
struct symbol_table {
    const Elf64_Sym *symbols;
    size_t count;
    const char *text;
    size_t text_size;
};

static bool open_table(const struct pp_elf *elf, const char *name, const char *text_name,
                       struct symbol_table *table)
{
    const unsigned char *data = NULL, *text = NULL;
    size_t size = 0, text_size = 0;
    if (!pp_elf_section(elf, name, &data, &size) || !data ||
        (uintptr_t)data % _Alignof(Elf64_Sym) != 0 ||
        !pp_elf_section(elf, text_name, &text, &text_size) || !text) {
        return false;
    }
    *table = (struct symbol_table){(const void *)data, size / sizeof(Elf64_Sym),
                                   (const char *)text, text_size};
    return true;
}

/* The symbol's name when it can be one of a function; NULL for others. */
static const char *function_name(const struct symbol_table *table, const Elf64_Sym *symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    size_t at = symbol->st_name;
    if ((type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE) ||
        symbol->st_shndx == SHN_UNDEF || at == 0 || at >= table->text_size) {
        return NULL;
    }
    size_t left = table->text_size - at;
    if (!memchr(table->text + at, 0, left < PP_SYMBOL_NAME_MAX ? left : PP_SYMBOL_NAME_MAX)) {
        return NULL;
    }
    const char *name = table->text + at;
    return *name && *name != '$' && *name != '.' ? name : NULL;
}

static int collect(struct aliases *aliases, const struct symbol_table *table,
                   const struct pp_symindex *index)
{
    for (size_t i = 0; i < table->count; i++) {
        const char *name = function_name(table, &table->symbols[i]);
        if (!name || !starts_function(index, table->symbols[i].st_value)) {
            continue;
        }
        if (pp_arena_reserve(aliases->arena, &aliases->items, &aliases->cap, aliases->count,
                             sizeof(*aliases->items))) {
            return PPROF_ERR_NOMEM;
        }
        aliases->items[aliases->count++] = (struct alias){table->symbols[i].st_value, name};
    }
    return 0;
}

static int compare_aliases(const void *a, const void *b)
{
    const struct alias *x = a, *y = b;
    return x->address != y->address ? (x->address < y->address ? -1 : 1)
                                    : strcmp(x->name, y->name);
}

static int collect_all(struct aliases *aliases, const struct pp_elf *elf,
                       const struct pp_symindex *index)
{
    struct symbol_table table;
    int r = 0;
    if (open_table(elf, ".symtab", ".strtab", &table)) {
        r = collect(aliases, &table, index);
    }
    if (r == 0 && open_table(elf, ".dynsym", ".dynstr", &table)) {
        r = collect(aliases, &table, index);
    }
    if (aliases->count) {
        qsort(aliases->items, aliases->count, sizeof(*aliases->items), compare_aliases);
    }
    return r;
}

/* "memcpy@@GLIBC_2.14" and "memcpy" are one name. */
static bool same_name(const char *a, const char *b)
{
    size_t len = strcspn(a, "@");
    return len == strcspn(b, "@") && !memcmp(a, b, len);
}

/* The best name, then the other ones of [first, last). */
static int fill_names(struct pp_arena *arena, struct pp_code_symbol *symbol, const char *best,
                      const struct alias *first, const struct alias *last)
{
    const char **names = pp_arena_array(arena, (size_t)(last - first) + 1, sizeof(*names));
    if (!names) {
        return PPROF_ERR_NOMEM;
    }
    size_t n = 0;
    names[n++] = best;
    for (; first < last; first++) {
        if (!same_name(first->name, best) && !same_name(first->name, names[n - 1])) {
            names[n++] = first->name;
        }
    }
    symbol->names = names;
    symbol->name_count = n;
    return 0;
}

int pp_code_list(struct pp_module *module, struct pp_arena *arena, struct pp_code_symbol **symbols,
                 size_t *count, struct pprof_error *error)
{
    const struct pp_elf *elf = NULL;
    const struct pp_symindex *index = pp_module_symbols(module, &elf);
    if (!index) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "no function symbols");
    }
    struct aliases aliases = {.arena = arena};
    size_t n = pp_symindex_count(index), at = 0;
    struct pp_code_symbol *made = pp_arena_array(arena, n, sizeof(*made));
    /* Room from the start: without aliases there are addresses in their array as well. */
    if (!made || pp_arena_reserve(arena, &aliases.items, &aliases.cap, 0, sizeof(*aliases.items)) ||
        collect_all(&aliases, elf, index)) {
        return no_memory(error);
    }
    for (size_t i = 0; i < n; i++) {
        struct pp_symbol symbol;
        pp_symindex_at(index, i, &symbol);
        made[i].start = symbol.address;
        made[i].end = symbol.address + symbol.size;
        size_t first = at;
        while (at < aliases.count && aliases.items[at].address == symbol.address) {
            at++;
        }
        if (fill_names(arena, &made[i], symbol.name, aliases.items + first, aliases.items + at)) {
            return no_memory(error);
        }
    }
    *symbols = made;
    *count = n;
    return 0;
}

bool pp_code_function(struct pp_module *module, uint64_t address, uint64_t *start)
{
    const struct pp_elf *elf = NULL;
    const struct pp_symindex *index = pp_module_symbols(module, &elf);
    struct pp_symbol symbol;
    if (!index || !pp_symindex_find(index, address, &symbol)) {
        return false;
    }
    *start = symbol.address;
    return true;
}

/* --- bytes ------------------------------------------------------------------------------------ */

struct code {
    const unsigned char *bytes;
    uint64_t address;
    size_t size;
};

/* Narrows [begin, end) to the part that this piece of the file holds; empty: false. */
static bool cut(const struct pp_elf *elf, uint64_t piece, uint64_t offset, uint64_t size,
                uint64_t begin, uint64_t end, struct code *code)
{
    if (begin < piece || begin - piece >= size || offset > elf->file.size ||
        size > elf->file.size - offset) {
        return false;
    }
    uint64_t skip = begin - piece, left = size - skip;
    code->address = begin;
    code->bytes = elf->file.data + offset + skip;
    code->size = (size_t)(end - begin < left ? end - begin : left);
    return code->size > 0;
}

static bool find_in_sections(const struct pp_elf *elf, uint64_t begin, uint64_t end,
                             struct code *code)
{
    for (size_t i = 0; i < elf->section_count; i++) {
        const Elf64_Shdr *s = &elf->sections[i];
        if (s->sh_type == SHT_PROGBITS && (s->sh_flags & SHF_EXECINSTR) &&
            cut(elf, s->sh_addr, s->sh_offset, s->sh_size, begin, end, code)) {
            return true;
        }
    }
    return false;
}

static bool find_in_segments(const struct pp_elf *elf, uint64_t begin, uint64_t end,
                             struct code *code)
{
    for (size_t i = 0; elf->section_count == 0 && i < elf->segment_count; i++) {
        const Elf64_Phdr *p = &elf->segments[i];
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) &&
            cut(elf, p->p_vaddr, p->p_offset, p->p_filesz, begin, end, code)) {
            return true;
        }
    }
    return false;
}

/* Where code begins at or behind an address, for ranges that start in the gap before a section. */
static uint64_t next_code(const struct pp_elf *elf, uint64_t address)
{
    uint64_t best = UINT64_MAX;
    for (size_t i = 0; i < elf->section_count; i++) {
        const Elf64_Shdr *s = &elf->sections[i];
        bool code = s->sh_type == SHT_PROGBITS && (s->sh_flags & SHF_EXECINSTR) && s->sh_size;
        if (code && s->sh_addr > address && s->sh_addr < best) {
            best = s->sh_addr;
        }
    }
    return best;
}

static bool find_code(const struct pp_elf *elf, uint64_t begin, uint64_t end, struct code *code)
{
    if (begin >= end) {
        return false;
    }
    if (find_in_sections(elf, begin, end, code) || find_in_segments(elf, begin, end, code)) {
        return true;
    }
    begin = next_code(elf, begin);
    return begin < end && find_in_sections(elf, begin, end, code);
}

/* --- text ------------------------------------------------------------------------------------- */

struct reader {
    struct pp_module *module;
    struct pp_arena *arena;
    const struct pp_libcapstone *lib;
    csh handle;
    cs_insn *insn;
    struct pp_instruction *items;
    size_t count, cap;
};

/* Where a jump or call with a fixed target goes: the operand is that address and nothing else. */
static bool has_target(const struct reader *r, uint64_t *target)
{
    const cs_insn *insn = r->insn;
    const char *text = strrchr(insn->op_str, ' '); /* "x0, #0x1234" */
    text = text ? text + 1 : insn->op_str;
    text += *text == '#';
    if (insn->id == 0 || strncmp(text, "0x", 2) != 0 ||
        !(r->lib->cs_insn_group(r->handle, insn, CS_GRP_JUMP) ||
          r->lib->cs_insn_group(r->handle, insn, CS_GRP_CALL))) {
        return false;
    }
    char *end = NULL;
    *target = strtoull(text, &end, 16);
    return *end == '\0';
}

/* A linked name as people read it, cut before its version. */
static void add_name(struct reader *r, struct pp_buf *text, const char *linked)
{
    struct pp_buf name;
    pp_buf_init(&name, r->arena);
    if (pp_demangle_function(&name, linked, PP_DEMANGLE_TEMPLATES)) {
        pp_buf_append(text, name.data, name.len);
    } else {
        pp_buf_append(text, linked, strcspn(linked, "@"));
    }
}

static void add_target(struct reader *r, struct pp_buf *text, uint64_t target)
{
    const struct pp_elf *elf = NULL;
    const struct pp_symindex *index = pp_module_symbols(r->module, &elf);
    struct pp_symbol symbol;
    const char *import = NULL;
    bool known = index && pp_symindex_find(index, target, &symbol);
    if (!known && !(import = pp_plt_name(pp_module_elf(r->module), target))) {
        return;
    }
    pp_buf_str(text, " <");
    add_name(r, text, known ? symbol.name : import);
    pp_buf_str(text, known ? "" : "@plt");
    if (known && target != symbol.address) {
        pp_buf_printf(text, "+0x%" PRIx64, target - symbol.address);
    }
    pp_buf_char(text, '>');
}

/* Mnemonics in a column of their own, as assembly listings have them. */
static const char *write_text(struct reader *r)
{
    struct pp_buf text;
    uint64_t target;
    pp_buf_init(&text, r->arena);
    if (r->insn->op_str[0]) {
        pp_buf_printf(&text, "%-6s %s", r->insn->mnemonic, r->insn->op_str);
    } else {
        pp_buf_str(&text, r->insn->mnemonic);
    }
    if (has_target(r, &target)) {
        add_target(r, &text, target);
    }
    return text.err ? NULL : text.data;
}

static int read_all(struct reader *r, struct code code)
{
    uint64_t address = code.address;
    const uint8_t *bytes = code.bytes;
    size_t left = code.size;
    while (left && r->lib->cs_disasm_iter(r->handle, &bytes, &left, &address, r->insn)) {
        const char *text = write_text(r);
        if (!text || pp_arena_reserve(r->arena, &r->items, &r->cap, r->count, sizeof(*r->items))) {
            return PPROF_ERR_NOMEM;
        }
        r->items[r->count++] = (struct pp_instruction){r->insn->address, r->insn->size, text};
    }
    return 0;
}

static int open_capstone(struct reader *r, const struct pp_elf *elf, bool intel_syntax,
                         struct pprof_error *error)
{
    unsigned machine = elf->header->e_machine;
    if (machine != EM_X86_64 && machine != EM_AARCH64) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "cannot disassemble code of processor type %u", machine);
    }
    r->lib = pp_libcapstone();
    if (!r->lib) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "disassembly needs %s: install Capstone (on Debian and Ubuntu the "
                          "package libcapstone4)",
                          pp_libcapstone_name());
    }
    bool x86 = machine == EM_X86_64;
    cs_err err = r->lib->cs_open(x86 ? CS_ARCH_X86 : CS_ARCH_ARM64, x86 ? CS_MODE_64 : CS_MODE_ARM,
                                 &r->handle);
    if (err) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED, "%s: %s", pp_libcapstone_name(),
                          r->lib->cs_strerror(err));
    }
    r->lib->cs_option(r->handle, CS_OPT_DETAIL, CS_OPT_ON);
    r->lib->cs_option(r->handle, CS_OPT_SKIPDATA, CS_OPT_ON);
    if (x86 && !intel_syntax) {
        r->lib->cs_option(r->handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    }
    r->insn = r->lib->cs_malloc(r->handle);
    if (!r->insn) {
        r->lib->cs_close(&r->handle);
        return no_memory(error);
    }
    return 0;
}

int pp_code_read(struct pp_module *module, struct pp_arena *arena, uint64_t begin, uint64_t end,
                 bool intel_syntax, struct pp_instruction **instructions, size_t *count,
                 struct pprof_error *error)
{
    const struct pp_elf *elf = pp_module_elf(module);
    struct reader r = {.module = module, .arena = arena};
    struct code code;
    int err = open_capstone(&r, elf, intel_syntax, error);
    if (err) {
        return err;
    }
    if (end > begin && end - begin > PP_CODE_MAX) {
        err = pp_err_set(error, PPROF_ERR_LIMIT, "more than %d MiB of code in one piece",
                         PP_CODE_MAX >> 20);
    }
    uint64_t at = begin;
    while (err == 0 && find_code(elf, at, end, &code)) {
        err = read_all(&r, code) ? no_memory(error) : 0;
        at = code.address + code.size;
    }
    if (err == 0 && r.count == 0) {
        err = pp_err_set(error, PPROF_ERR_NOTFOUND,
                         "the file has no code at 0x%" PRIx64 " (only debug information?)", begin);
    } else if (err == 0) {
        *instructions = r.items;
        *count = r.count;
    }
    r.lib->cs_free(r.insn, 1);
    r.lib->cs_close(&r.handle);
    return err;
}
