#include "tool/symbolize/dwarf_index.h"

#include "base/buf.h"
#include "base/table.h"
#include "tool/symbolize/libdw.h"
#include "tool/symbolize/span.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Lexical blocks and inlined calls nest a few dozen deep in real code. */
enum { DEPTH_MAX = 512 };

/* A function or an inlined call with code of its own. */
struct node {
    Dwarf_Die die;
    uint32_t parent; /* node that it is inlined into; UINT32_MAX for a function */
    bool resolved;   /* the rest is filled in when first asked for */
    const char *name, *call_file;
    int64_t start_line, call_line, call_column;
};

struct unit {
    Dwarf_Die line_die; /* of the skeleton where there is one: it has the line table */
    Dwarf_Die die;
    Dwarf_Half version;
    bool indexed, is_bare; /* bare: a skeleton without the split file it belongs to */
    const char *walked;    /* the last entry that the index was made of */
    const char *directory; /* of the compilation; "" when unknown */
    struct pp_spans spans; /* owner: index into nodes */
    struct node *nodes;
    size_t node_count, node_cap;
    Dwarf_Lines *lines;
    size_t line_count;
};

struct pp_dwarf {
    struct pp_arena *arena;
    const struct pp_libdw *lib;
    Dwfl *dwfl;
    Dwarf *dwarf;
    Dwarf_Addr bias; /* file address = DWARF address + bias */
    const char *file;
    struct unit *units;
    size_t unit_count, unit_cap;
    struct pp_spans spans; /* owner: index into units */
    const char *bare;      /* the file that the first bare unit asked for lacks; NULL: none */
    size_t ranges_left;    /* that may still become spans, of the file and of all units */
    struct pp_table paths; /* of files that DWARF names relative to where their unit was compiled */
    struct pp_buf path;
};

static int add_ranges(struct pp_dwarf *dwarf, Dwarf_Die *die, struct pp_spans *spans,
                      uint32_t owner, uint32_t depth)
{
    Dwarf_Addr base = 0, low = 0, high = 0;
    ptrdiff_t offset = 0;
    while ((offset = dwarf->lib->dwarf_ranges(die, offset, &base, &low, &high)) > 0) {
        if (!dwarf->ranges_left) {
            break;
        }
        dwarf->ranges_left--;
        /* Linkers leave discarded functions at 0. */
        if (low != 0 && pp_spans_add(spans, dwarf->arena, low, high, owner, depth)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

static int add_unit(struct pp_dwarf *dwarf, Dwarf_Die *cu, Dwarf_Die *sub, uint8_t type,
                    Dwarf_Half version)
{
    if (pp_arena_reserve(dwarf->arena, &dwarf->units, &dwarf->unit_cap, dwarf->unit_count,
                         sizeof(*dwarf->units))) {
        return PPROF_ERR_NOMEM;
    }
    struct unit *unit = &dwarf->units[dwarf->unit_count];
    memset(unit, 0, sizeof(*unit));
    unit->version = version;
    unit->line_die = *cu;
    unit->is_bare = type == DW_UT_skeleton && !sub->addr;
    unit->die = type == DW_UT_skeleton && sub->addr ? *sub : *cu;
    return add_ranges(dwarf, cu, &dwarf->spans, (uint32_t)dwarf->unit_count++, 0);
}

static int index_units(struct pp_dwarf *dwarf)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Die die, sub;
    Dwarf_Half version = 0;
    uint8_t type = 0;
    int r = 0;
    memset(&sub, 0, sizeof(sub));
    while (r == 0 &&
           dwarf->lib->dwarf_get_units(dwarf->dwarf, cu, &cu, &version, &type, &die, &sub) == 0) {
        if (type == DW_UT_compile || type == DW_UT_skeleton) {
            r = add_unit(dwarf, &die, &sub, type, version);
        }
        memset(&sub, 0, sizeof(sub));
    }
    pp_spans_sort(&dwarf->spans);
    return r;
}

/* Entries that have ranges of their own take three bytes for each, but all entries of a hostile
 * file may share one long list. More are for lists that are compressed or in other files. */
static size_t ranges_max(const char *file)
{
    enum { MORE = 1 << 20 };
    struct stat info;
    return MORE + (file && stat(file, &info) == 0 ? (size_t)info.st_size : 0);
}

static int load(struct pp_dwarf *dwarf, const char *path)
{
    static const Dwfl_Callbacks callbacks = {0};
    static char *debug_path; /* NULL: libdw's own, ":.debug:/usr/lib/debug" */
    const struct pp_libdw *lib = dwarf->lib;
    Dwfl_Callbacks *mine = pp_arena_alloc(dwarf->arena, sizeof(*mine));
    if (!mine) {
        return PPROF_ERR_NOMEM;
    }
    *mine = callbacks;
    mine->find_elf = lib->dwfl_linux_proc_find_elf;
    mine->find_debuginfo = lib->dwfl_standard_find_debuginfo;
    mine->section_address = lib->dwfl_offline_section_address;
    mine->debuginfo_path = &debug_path;
    dwarf->dwfl = lib->dwfl_begin(mine);
    if (!dwarf->dwfl) {
        return PPROF_ERR_NOTFOUND;
    }
    lib->dwfl_report_begin(dwarf->dwfl);
    const char *slash = strrchr(path, '/');
    Dwfl_Module *module =
        lib->dwfl_report_elf(dwarf->dwfl, slash ? slash + 1 : path, path, -1, 0, true);
    lib->dwfl_report_end(dwarf->dwfl, NULL, NULL);
    dwarf->dwarf = module ? lib->dwfl_module_getdwarf(module, &dwarf->bias) : NULL;
    if (!dwarf->dwarf) {
        return PPROF_ERR_NOTFOUND;
    }
    lib->dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, &dwarf->file);
    dwarf->ranges_left = ranges_max(dwarf->file ? dwarf->file : path);
    return index_units(dwarf);
}

struct pp_dwarf *pp_dwarf_open(struct pp_arena *arena, const char *path)
{
    const struct pp_libdw *lib = pp_libdw();
    struct pp_dwarf *dwarf = lib ? pp_arena_alloc(arena, sizeof(*dwarf)) : NULL;
    if (!dwarf) {
        return NULL;
    }
    dwarf->arena = arena;
    dwarf->lib = lib;
    pp_buf_init(&dwarf->path, arena);
    if (pp_table_init(&dwarf->paths, arena) || load(dwarf, path)) {
        pp_dwarf_close(dwarf);
        return NULL;
    }
    return dwarf;
}

void pp_dwarf_close(struct pp_dwarf *dwarf)
{
    if (dwarf && dwarf->dwfl) {
        dwarf->lib->dwfl_end(dwarf->dwfl);
        dwarf->dwfl = NULL;
    }
}

const char *pp_dwarf_file(const struct pp_dwarf *dwarf)
{
    return dwarf->file;
}

const char *pp_dwarf_bare(const struct pp_dwarf *dwarf)
{
    return dwarf->bare;
}

/* --- one unit --------------------------------------------------------------------------------- */

static bool is_scope(int tag)
{
    switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
        return true;
    default:
        return false;
    }
}

/* A node for the DIE when it has code; *index stays as it is when it has none. */
static int add_node(struct pp_dwarf *dwarf, struct unit *unit, Dwarf_Die *die, uint32_t parent,
                    uint32_t depth, uint32_t *index)
{
    size_t before = unit->spans.count;
    uint32_t made = (uint32_t)unit->node_count;
    int r = add_ranges(dwarf, die, &unit->spans, made, depth);
    if (r || unit->spans.count == before) {
        return r;
    }
    if (pp_arena_reserve(dwarf->arena, &unit->nodes, &unit->node_cap, unit->node_count,
                         sizeof(*unit->nodes))) {
        return PPROF_ERR_NOMEM;
    }
    unit->nodes[unit->node_count++] = (struct node){.die = *die, .parent = parent};
    *index = made;
    return 0;
}

/* Entries are walked in the order of their bytes, each once. A sibling reference that leads to what
 * was walked before is malformed: it would be walked for ever, or twice at every depth. */
static bool is_ahead(struct unit *unit, const Dwarf_Die *die)
{
    bool is = !unit->walked || (const char *)die->addr > unit->walked;
    unit->walked = is ? die->addr : unit->walked;
    return is;
}

/* Adds what is below die. Recursion follows the nesting of scopes, capped at DEPTH_MAX. */
static int walk(struct pp_dwarf *dwarf, struct unit *unit, Dwarf_Die *die, uint32_t parent,
                uint32_t depth)
{
    Dwarf_Die child;
    if (depth > DEPTH_MAX || dwarf->lib->dwarf_child(die, &child) != 0) {
        return 0;
    }
    while (is_ahead(unit, &child)) {
        int tag = dwarf->lib->dwarf_tag(&child);
        uint32_t inner = parent;
        bool enter = is_scope(tag);
        int r = 0;
        if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) {
            inner = UINT32_MAX;
            r = add_node(dwarf, unit, &child, tag == DW_TAG_subprogram ? UINT32_MAX : parent, depth,
                         &inner);
            enter = inner != UINT32_MAX;
        }
        r = r || !enter ? r : walk(dwarf, unit, &child, inner, depth + 1);
        if (r || dwarf->lib->dwarf_siblingof(&child, &child) != 0) {
            return r;
        }
    }
    return 0;
}

static const char *string_of(const struct pp_libdw *lib, Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    return lib->dwarf_attr_integrate(die, name, &attribute) ? lib->dwarf_formstring(&attribute)
                                                            : NULL;
}

/* Whether each kind of entry in the unit has few enough attributes. An entry may take a single
 * byte, but stepping over it takes a look at all attributes of its kind. */
static bool is_walkable(const struct pp_libdw *lib, struct unit *unit)
{
    enum { KIND_MAX_BYTES = 4096 }; /* compilers write some dozens */
    Dwarf_Off at = 0;
    size_t len = 0;
    const Dwarf_Abbrev *kind;
    do {
        kind = lib->dwarf_getabbrev(&unit->die, at, &len);
        at += len;
    } while (kind && kind != (Dwarf_Abbrev *)-1 && len && len <= KIND_MAX_BYTES);
    return len <= KIND_MAX_BYTES;
}

static void note_bare(struct pp_dwarf *dwarf, struct unit *unit)
{
    if (!unit->is_bare || dwarf->bare) {
        return;
    }
    const char *name = string_of(dwarf->lib, &unit->line_die, DW_AT_dwo_name);
    name = name ? name : string_of(dwarf->lib, &unit->line_die, DW_AT_GNU_dwo_name);
    dwarf->bare = name ? name : "a .dwo file";
}

static int index_unit(struct pp_dwarf *dwarf, struct unit *unit)
{
    if (unit->indexed) {
        return 0;
    }
    note_bare(dwarf, unit);
    const char *directory = string_of(dwarf->lib, &unit->line_die, DW_AT_comp_dir);
    unit->directory = directory ? directory : "";
    unit->indexed = true;
    int r = is_walkable(dwarf->lib, unit) ? walk(dwarf, unit, &unit->die, UINT32_MAX, 1) : 0;
    pp_spans_sort(&unit->spans);
    if (dwarf->lib->dwarf_getsrclines(&unit->line_die, &unit->lines, &unit->line_count) != 0) {
        unit->lines = NULL;
        unit->line_count = 0;
    }
    return r;
}

/* Whether libdw has put the directory in front already: before DWARF 5 it was not in the file. */
static bool is_inside(const struct unit *unit, const char *file)
{
    size_t len = strlen(unit->directory);
    return unit->version < 5 && !strncmp(file, unit->directory, len) && file[len] == '/';
}

/* The file from the root, as far as DWARF knows it. */
static const char *full_path(struct pp_dwarf *dwarf, const struct unit *unit, const char *file)
{
    if (!file || file[0] == '/' || !unit->directory[0] || is_inside(unit, file)) {
        return file ? file : "";
    }
    pp_buf_reset(&dwarf->path);
    pp_buf_printf(&dwarf->path, "%s/%s", unit->directory, file);
    uint32_t id = dwarf->path.err ? UINT32_MAX
                                  : pp_table_intern(&dwarf->paths, dwarf->path.data,
                                                    dwarf->path.len, false);
    return id == UINT32_MAX ? file : dwarf->paths.items[id].ptr;
}

static int64_t number_of(const struct pp_libdw *lib, Dwarf_Attribute *attribute)
{
    Dwarf_Word value = 0;
    return attribute && lib->dwarf_formudata(attribute, &value) == 0 ? (int64_t)value : 0;
}

static const char *name_of(const struct pp_libdw *lib, Dwarf_Die *die)
{
    const char *name = string_of(lib, die, DW_AT_linkage_name);
    name = name ? name : string_of(lib, die, DW_AT_MIPS_linkage_name);
    name = name ? name : string_of(lib, die, DW_AT_name);
    return name ? name : "";
}

static const char *call_file(struct pp_dwarf *dwarf, struct unit *unit, Dwarf_Die *die)
{
    const struct pp_libdw *lib = dwarf->lib;
    Dwarf_Attribute attribute;
    Dwarf_Files *files = NULL;
    size_t count = 0;
    int64_t index = number_of(lib, lib->dwarf_attr(die, DW_AT_call_file, &attribute));
    if (lib->dwarf_getsrcfiles(&unit->die, &files, &count) != 0 || (uint64_t)index >= count) {
        return "";
    }
    return full_path(dwarf, unit, lib->dwarf_filesrc(files, (size_t)index, NULL, NULL));
}

static void resolve(struct pp_dwarf *dwarf, struct unit *unit, struct node *node)
{
    const struct pp_libdw *lib = dwarf->lib;
    Dwarf_Attribute attribute;
    Dwarf_Die *die = &node->die;
    node->resolved = true;
    node->name = name_of(lib, die);
    node->call_file = "";
    node->start_line = number_of(lib, lib->dwarf_attr_integrate(die, DW_AT_decl_line, &attribute));
    if (lib->dwarf_tag(die) == DW_TAG_inlined_subroutine) {
        node->call_file = call_file(dwarf, unit, die);
        node->call_line = number_of(lib, lib->dwarf_attr(die, DW_AT_call_line, &attribute));
        node->call_column = number_of(lib, lib->dwarf_attr(die, DW_AT_call_column, &attribute));
    }
}

/* --- lookup ----------------------------------------------------------------------------------- */

/* The last row at or before the address, as assemblers mean it; NULL behind a sequence's end. */
static Dwarf_Line *find_line(const struct pp_libdw *lib, const struct unit *unit,
                             Dwarf_Addr address)
{
    size_t low = 0, high = unit->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        Dwarf_Addr at = 0;
        lib->dwarf_lineaddr(lib->dwarf_onesrcline(unit->lines, middle), &at);
        if (at <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Dwarf_Line *line = low ? lib->dwarf_onesrcline(unit->lines, low - 1) : NULL;
    bool end = false;
    return line && lib->dwarf_lineendsequence(line, &end) == 0 && !end ? line : NULL;
}

/* Where the address itself is, before any name is known. */
static struct pp_frame line_frame(struct pp_dwarf *dwarf, const struct unit *unit,
                                  Dwarf_Addr address)
{
    const struct pp_libdw *lib = dwarf->lib;
    struct pp_frame frame = {.name = "", .file = ""};
    Dwarf_Line *line = find_line(lib, unit, address);
    int number = 0, column = 0;
    if (line && lib->dwarf_lineno(line, &number) == 0 && lib->dwarf_linecol(line, &column) == 0) {
        frame.file = full_path(dwarf, unit, lib->dwarf_linesrc(line, NULL, NULL));
        frame.line = number;
        frame.column = column;
    }
    return frame;
}

/* From the innermost node outwards; each inlined call says where the next frame stands. */
static size_t chain(struct pp_dwarf *dwarf, struct unit *unit, uint32_t at, struct pp_frame place,
                    struct pp_frame *frames)
{
    size_t n = 0;
    while (at != UINT32_MAX && n < PP_FRAMES_MAX) {
        struct node *node = &unit->nodes[at];
        if (!node->resolved) {
            resolve(dwarf, unit, node);
        }
        frames[n] = place;
        frames[n].name = node->name;
        frames[n++].start_line = node->start_line;
        place = (struct pp_frame){"", node->call_file, node->call_line, node->call_column, 0};
        at = node->parent;
    }
    return n;
}

size_t pp_dwarf_frames(struct pp_dwarf *dwarf, uint64_t address, struct pp_frame *frames,
                       uint64_t *entry)
{
    Dwarf_Addr pc = address - dwarf->bias;
    *entry = 0;
    const struct pp_span *span = pp_spans_find(&dwarf->spans, pc);
    if (!span) {
        return 0;
    }
    struct unit *unit = &dwarf->units[span->owner];
    if (index_unit(dwarf, unit)) {
        return 0;
    }
    struct pp_frame place = line_frame(dwarf, unit, pc);
    span = pp_spans_find(&unit->spans, pc);
    if (!span) {
        frames[0] = place;
        return place.file[0] || place.line;
    }
    size_t n = chain(dwarf, unit, span->owner, place, frames);
    while (span->outer != UINT32_MAX && unit->spans.items[span->outer].high > pc) {
        span = &unit->spans.items[span->outer];
    }
    *entry = span->low + dwarf->bias;
    return n;
}
