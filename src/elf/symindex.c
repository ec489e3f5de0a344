/* The symbol index: collect, sort by address, keep the best name of each address, close the gaps of
 * symbols without a size. */
#include "elf/symindex.h"

#include "base/err.h"

#include <string.h>

struct entry {
    uint64_t address;
    uint32_t size; /* 0 while building: none given */
    uint32_t name; /* offset into the string table; the top bit says which */
};

#define FROM_DYNAMIC 0x80000000u

struct pp_symindex {
    const struct entry *entries;
    size_t count;
    const char *strings[2]; /* of .symtab, of .dynsym */
};

/* One symbol table as found in the file, checked. */
struct table {
    const Elf64_Sym *symbols;
    size_t count;
    const char *strings;
    size_t strings_size;
    uint32_t flag;
};

struct builder {
    const struct pp_elf *elf;
    struct table tables[2];
    struct entry *entries;
    size_t count;
};

static const char *name_of(const struct table *table, uint32_t offset)
{
    return table->strings + offset;
}

/* A name counts when it ends inside its table and is not empty; mapping symbols ("$x") are not
 * functions. */
static bool is_name(const struct table *table, uint32_t offset)
{
    if (offset == 0 || offset >= table->strings_size || offset >= FROM_DYNAMIC) {
        return false;
    }
    const char *name = name_of(table, offset);
    size_t left = table->strings_size - offset;
    left = left < PP_SYMBOL_NAME_MAX ? left : PP_SYMBOL_NAME_MAX;
    return name[0] != '\0' && name[0] != '$' && memchr(name, '\0', left);
}

/* Is the address in code that is really in memory? Names without a type (assembly) may be
 * anything. */
static bool is_code(const struct pp_elf *elf, const Elf64_Sym *symbol)
{
    if (symbol->st_shndx < elf->section_count) {
        return (elf->sections[symbol->st_shndx].sh_flags & SHF_EXECINSTR) != 0;
    }
    return elf->section_count == 0;
}

static bool is_function(const struct builder *b, const struct table *table, size_t i)
{
    const Elf64_Sym *symbol = &table->symbols[i];
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    if (symbol->st_shndx == SHN_UNDEF || !is_name(table, symbol->st_name)) {
        return false;
    }
    if (type == STT_NOTYPE) {
        return is_code(b->elf, symbol) && symbol->st_shndx != SHN_ABS &&
               name_of(table, symbol->st_name)[0] != '.';
    }
    return type == STT_FUNC || type == STT_GNU_IFUNC;
}

/* --- which of two names at one address --- */

static unsigned underscores(const char *name)
{
    unsigned count = 0;
    while (count < 255 && name[count] == '_') {
        count++;
    }
    /* glibc's own aliases of public functions: __GI_read, __libc_read. */
    bool is_alias = !strncmp(name, "__GI_", 5) || !strncmp(name, "__libc_", 7);
    return count + (is_alias ? 4 : 0);
}

static unsigned binding_rank(unsigned info)
{
    switch (ELF64_ST_BIND(info)) {
    case STB_GLOBAL:
    case STB_GNU_UNIQUE:
        return 0;
    case STB_WEAK:
        return 1;
    default:
        return 2;
    }
}

/* Smaller is better: typed, sized, few underscores in front, global. C++ names all begin with
 * _Z. */
static unsigned rank(const struct table *table, const Elf64_Sym *symbol)
{
    const char *name = name_of(table, symbol->st_name);
    unsigned lead = strncmp(name, "_Z", 2) == 0 ? 0 : underscores(name);
    unsigned untyped = ELF64_ST_TYPE(symbol->st_info) == STT_NOTYPE;
    unsigned unsized = symbol->st_size == 0;
    return (untyped | unsized) << 16 | (lead > 255 ? 255 : lead) << 4 |
           binding_rank(symbol->st_info);
}

/* --- collecting --- */

static bool load_table(const struct pp_elf *elf, const char *name, const char *strings,
                       uint32_t flag, struct table *table)
{
    const unsigned char *data;
    const unsigned char *text;
    size_t size;
    size_t text_size;
    *table = (struct table){ .flag = flag };
    if (!pp_elf_section(elf, name, &data, &size) || !data ||
        !pp_elf_section(elf, strings, &text, &text_size) || !text) {
        return false;
    }
    if ((uintptr_t)data % _Alignof(Elf64_Sym) != 0) {
        return false;
    }
    table->symbols = (const void *)data;
    table->count = size / sizeof(Elf64_Sym);
    table->strings = (const char *)text;
    table->strings_size = text_size;
    return true;
}

static size_t count_functions(const struct builder *b)
{
    size_t count = 0;
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < b->tables[t].count; i++) {
            count += is_function(b, &b->tables[t], i);
        }
    }
    return count;
}

/* For sorting, an entry's name field holds the symbol's number; the rank is looked up again. */
static void collect(struct builder *b)
{
    for (size_t t = 0; t < 2; t++) {
        const struct table *table = &b->tables[t];
        for (size_t i = 0; i < table->count && i < FROM_DYNAMIC; i++) {
            if (is_function(b, table, i)) {
                uint64_t size = table->symbols[i].st_size;
                b->entries[b->count++] =
                    (struct entry){ table->symbols[i].st_value,
                                    size > UINT32_MAX ? UINT32_MAX : (uint32_t)size,
                                    (uint32_t)i | table->flag };
            }
        }
    }
}

static const struct table *table_of(const struct builder *b, uint32_t name)
{
    return &b->tables[(name & FROM_DYNAMIC) != 0];
}

static const Elf64_Sym *symbol_of(const struct builder *b, uint32_t name)
{
    return &table_of(b, name)->symbols[name & ~FROM_DYNAMIC];
}

/* --- sorting: least significant byte first, 11 bits at a time; stable, no recursion --- */

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static bool sort_digit(const struct entry *from, struct entry *to, size_t count, unsigned shift)
{
    size_t at[DIGITS] = { 0 };
    for (size_t i = 0; i < count; i++) {
        at[from[i].address >> shift & (DIGITS - 1)]++;
    }
    if (at[from[0].address >> shift & (DIGITS - 1)] == count) {
        return false; /* all alike */
    }
    size_t sum = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t here = at[d];
        at[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) {
        to[at[from[i].address >> shift & (DIGITS - 1)]++] = from[i];
    }
    return true;
}

static void sort_entries(struct builder *b, struct entry *spare)
{
    struct entry *from = b->entries;
    struct entry *to = spare;
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (sort_digit(from, to, b->count, shift)) {
            struct entry *swap = from;
            from = to;
            to = swap;
        }
    }
    if (from != b->entries) {
        memcpy(b->entries, from, b->count * sizeof(*from));
    }
}

/* --- one entry for each address --- */

static bool is_better(const struct builder *b, uint32_t a, uint32_t than)
{
    const struct table *ta = table_of(b, a);
    const struct table *tb = table_of(b, than);
    unsigned ra = rank(ta, symbol_of(b, a));
    unsigned rb = rank(tb, symbol_of(b, than));
    if (ra != rb) {
        return ra < rb;
    }
    const char *na = name_of(ta, symbol_of(b, a)->st_name);
    const char *nb = name_of(tb, symbol_of(b, than)->st_name);
    size_t la = strlen(na);
    size_t lb = strlen(nb);
    return la != lb ? la < lb : strcmp(na, nb) < 0;
}

/* Keeps the best name; a size that any alias gives holds for it too. */
static void merge_aliases(struct builder *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        struct entry *last = kept ? &b->entries[kept - 1] : NULL;
        const struct entry *entry = &b->entries[i];
        if (!last || last->address != entry->address) {
            b->entries[kept++] = *entry;
            continue;
        }
        uint32_t size = last->size > entry->size ? last->size : entry->size;
        if (is_better(b, entry->name, last->name)) {
            *last = *entry;
        }
        last->size = size;
    }
    b->count = kept;
}

/* Labels without type and size inside of a function that has both are not functions. */
static void drop_labels(struct builder *b)
{
    size_t kept = 0;
    uint64_t covered = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct entry entry = b->entries[i];
        if (entry.size == 0 && entry.address < covered) {
            continue;
        }
        if (entry.size && entry.address + entry.size > covered) {
            covered = entry.address + entry.size;
        }
        b->entries[kept++] = entry;
    }
    b->count = kept;
}

/* Where the code of a symbol can reach at most: the end of its section. */
static uint64_t section_end(const struct builder *b, const struct entry *entry)
{
    size_t section = symbol_of(b, entry->name)->st_shndx;
    if (section >= b->elf->section_count) {
        return UINT64_MAX;
    }
    const Elf64_Shdr *sh = &b->elf->sections[section];
    return sh->sh_addr + sh->sh_size;
}

/* Symbols without a size (assembly) reach to the next symbol, or to the end of their section. */
static void close_gaps(struct builder *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct entry *entry = &b->entries[i];
        if (entry->size) {
            continue;
        }
        uint64_t end = section_end(b, entry);
        if (i + 1 < b->count && entry[1].address < end) {
            end = entry[1].address;
        }
        uint64_t size = end > entry->address && end != UINT64_MAX ? end - entry->address : 1;
        entry->size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
    }
}

static void name_entries(struct builder *b)
{
    for (size_t i = 0; i < b->count; i++) {
        uint32_t name = b->entries[i].name;
        b->entries[i].name = symbol_of(b, name)->st_name | (name & FROM_DYNAMIC);
    }
}

static int build(struct pp_arena *arena, struct builder *b)
{
    struct pp_arena scratch;
    size_t room = count_functions(b);
    pp_arena_init(&scratch, 0);
    b->entries = pp_arena_array(&scratch, room, sizeof(*b->entries));
    struct entry *spare = pp_arena_array(&scratch, room, sizeof(*spare));
    struct entry *kept = NULL;
    if (b->entries && spare && room) {
        collect(b);
        sort_entries(b, spare);
        merge_aliases(b);
        drop_labels(b);
        close_gaps(b);
        name_entries(b);
        kept = pp_arena_array(arena, b->count, sizeof(*kept));
    }
    if (kept) {
        memcpy(kept, b->entries, b->count * sizeof(*kept));
    }
    b->entries = kept;
    pp_arena_release(&scratch);
    return kept ? 0 : room ? PPROF_ERR_NOMEM : PPROF_ERR_NOTFOUND;
}

int pp_symindex_new(struct pp_arena *arena, const struct pp_elf *elf, struct pp_symindex **index,
                    struct pprof_error *error)
{
    struct builder b = { .elf = elf };
    load_table(elf, ".symtab", ".strtab", 0, &b.tables[0]);
    load_table(elf, ".dynsym", ".dynstr", FROM_DYNAMIC, &b.tables[1]);
    int result = build(arena, &b);
    if (result != 0) {
        return pp_err_set(error, result, result == PPROF_ERR_NOTFOUND
                                             ? "the file has no function symbols"
                                             : "no memory for the symbol index");
    }
    struct pp_symindex *made = pp_arena_alloc(arena, sizeof(*made));
    if (!made) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory for the symbol index");
    }
    *made = (struct pp_symindex){ b.entries, b.count,
                                  { b.tables[0].strings, b.tables[1].strings } };
    *index = made;
    return 0;
}

/* --- looking up --- */

size_t pp_symindex_count(const struct pp_symindex *index)
{
    return index->count;
}

void pp_symindex_at(const struct pp_symindex *index, size_t i, struct pp_symbol *symbol)
{
    const struct entry *entry = &index->entries[i];
    const char *strings = index->strings[(entry->name & FROM_DYNAMIC) != 0];
    *symbol = (struct pp_symbol){ strings + (entry->name & ~FROM_DYNAMIC), entry->address,
                                   entry->size };
}

bool pp_symindex_find(const struct pp_symindex *index, uint64_t address, struct pp_symbol *symbol)
{
    size_t low = 0; /* entries below low start at or before the address */
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->entries[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return false;
    }
    struct pp_symbol found;
    pp_symindex_at(index, low - 1, &found);
    if (address - found.address >= found.size) {
        return false;
    }
    *symbol = found;
    return true;
}
