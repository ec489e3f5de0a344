/* memory: where the resident memory is, for whoever looks after (or before) an out-of-memory kill:
 * first the program's own code, then other code in it, the runtimes, this tool, what surrounds it.
 */
#include "base/sort_in_place.h"
#include "base/sys.h"
#include "runtime/serve/cgroup.h"
#include "runtime/serve/memory.h"
#include "runtime/serve/serve.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Sections after the owners' of memory.h. */
enum { UNKNOWN = PP_MEMORY_TOOL + 1, SECTIONS };

static const struct {
    const char *name, *title;
} sections[SECTIONS] = {
    { "business", "business code: the program itself" },
    { "other", "other code: libraries and mapped files" },
    { "runtime", "runtime: allocator, C and C++ libraries, kernel" },
    { "tool", "tool: this profiler" },
    { "unknown", "not accounted for" },
};

enum { FILES_SHOWN = 12 };

struct row {
    unsigned section;
    const char *what, *of; /* of: a file, or "" */
    uint64_t bytes;
};

struct page {
    struct pp_arena *arena;
    struct pp_memory memory;
    struct row *rows;
    size_t count, cap;
};

/* ---- rows ----------------------------------------------------------------------------------- */

static void add_row(struct page *page, unsigned section, const char *what, const char *of,
                    uint64_t bytes)
{
    if (bytes && pp_arena_reserve(page->arena, &page->rows, &page->cap, page->count,
                                  sizeof *page->rows) == 0) {
        page->rows[page->count++] = (struct row){ section, what, of, bytes };
    }
}

/* Heap in use: what the allocator counted where it tells, else the sampled estimate; in either case
 * only as far as it is resident, since a block that was never written is not. */
static uint64_t live_total(const struct pp_memory *memory)
{
    uint64_t live = memory->allocator.in_use ? memory->allocator.in_use : memory->live;
    return live < memory->heap ? live : memory->heap;
}

/* The part of it that the sample gives to somebody. */
static uint64_t live_share(const struct pp_memory *memory, uint64_t sampled)
{
    double share = memory->live ? (double)sampled / (double)memory->live : 0;
    return (uint64_t)(share * (double)live_total(memory));
}

static void add_file_rows(struct page *page, const struct pp_memory_file *file)
{
    enum pp_memory_owner owner = file->owner;
    add_row(page, owner, "heap in use, allocated by", file->name,
            live_share(&page->memory, file->live_bytes));
    add_row(page, owner, "mapped with mmap by", file->name, file->map_bytes);
    add_row(page, owner, file->is_code ? "data and bss of" : "written pages of", file->name,
            file->own_bytes);
    add_row(page, owner, file->is_code ? "code of" : "pages of the file", file->name,
            file->file_bytes);
}

/* Of a section, largest first. */
static bool comes_before(const struct row *a, const struct row *b)
{
    return a->section != b->section ? a->section < b->section : a->bytes > b->bytes;
}

PP_SORT_IN_PLACE(sort_rows, struct row, comes_before)

static void make_rows(struct page *page)
{
    struct pp_memory *memory = &page->memory;
    for (size_t i = 0; i < memory->file_count; i++) {
        add_file_rows(page, &memory->files[i]);
    }
    if (!memory->live) {
        add_row(page, PP_MEMORY_BUSINESS, "heap in use, none of it sampled", "",
                live_total(memory));
    }
    add_row(page, PP_MEMORY_BUSINESS, "stacks of its threads", "", memory->stacks);
    add_row(page, PP_MEMORY_RUNTIME, "heap free, cached and overhead in the allocator",
            memory->allocator.name, memory->heap - live_total(memory));
    add_row(page, PP_MEMORY_RUNTIME, "vdso and its data", "", memory->kernel);
    add_row(page, PP_MEMORY_TOOL, "tables and buffers", "", memory->profiler);
    add_row(page, UNKNOWN, "anonymous memory that nobody was seen to map", "", memory->other);
    sort_rows(page->rows, page->count);
}

static uint64_t accounted_per_mille(const struct pp_memory *memory)
{
    uint64_t found = memory->known ? memory->resident - memory->other : 0;
    return memory->resident ? found * 1000 / memory->resident : 0;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void line(struct pp_buf *out, const char *what, uint64_t bytes)
{
    if (bytes == UINT64_MAX) {
        pp_buf_printf(out, "  %-56s %12s\n", what, "none");
    } else {
        pp_buf_printf(out, "  %-56s %12llu KiB\n", what, (unsigned long long)bytes >> 10);
    }
}

static void write_row(struct pp_buf *out, const struct row *row, uint64_t resident)
{
    char what[128];
    size_t room = sizeof what - strlen(row->what) - 2, len = strlen(row->of);
    const char *of = len > room ? row->of + len - room : row->of; /* a path's end tells more */
    (void)snprintf(what, sizeof what, "%s%s%s", row->what, *of ? " " : "", of);
    unsigned per_mille = resident ? (unsigned)(row->bytes * 1000 / resident) : 0;
    pp_buf_printf(out, "  %-56s %12llu KiB %3u.%u %%\n", what, (unsigned long long)row->bytes >> 10,
                  per_mille / 10, per_mille % 10);
}

static uint64_t section_sum(const struct page *page, unsigned section)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < page->count; i++) {
        sum += page->rows[i].section == section ? page->rows[i].bytes : 0;
    }
    return sum;
}

static void write_section(struct pp_buf *out, const struct page *page, unsigned section)
{
    uint64_t rest = 0;
    unsigned shown = 0, more = 0;
    struct row sum = { section, sections[section].title, "", section_sum(page, section) };
    pp_buf_printf(out, "\n%s: %llu KiB\n", sum.what, (unsigned long long)sum.bytes >> 10);
    for (size_t i = 0; i < page->count; i++) {
        const struct row *row = &page->rows[i];
        if (row->section != section) {
            continue;
        }
        if (shown < FILES_SHOWN) {
            write_row(out, row, page->memory.resident);
            shown++;
        } else {
            rest += row->bytes;
            more++;
        }
    }
    if (more) {
        pp_buf_printf(out, "  and %u smaller ones %48llu KiB\n", more,
                      (unsigned long long)rest >> 10);
    }
}

static void write_heap(struct pp_buf *out, const struct pp_memory *memory)
{
    const struct pp_allocator *allocator = &memory->allocator;
    pp_buf_printf(out, "\nthe heap\n");
    line(out, "resident where the allocator keeps blocks", memory->heap);
    line(out, "in use by the sample", memory->live);
    line(out, "  its standard error", memory->live_error);
    if (!*allocator->name) {
        pp_buf_str(out, "  the allocator tells nothing of itself\n");
        return;
    }
    pp_buf_printf(out, "  %s says of itself:\n", allocator->name);
    line(out, "in use", allocator->in_use);
    line(out, "free, or kept in caches", allocator->free_bytes);
    line(out, "held from the system", allocator->held);
    line(out, "given back, address space kept", allocator->released);
    line(out, "free at the end, given back by malloc_trim", allocator->trimmable);
}

static void write_environment(struct pp_buf *out, const struct pp_memory *memory)
{
    struct pp_cgroup cgroup;
    struct pp_machine machine;
    pp_cgroup_read(&cgroup);
    pp_machine_read(&machine);
    pp_buf_str(out, "\nenvironment\n");
    line(out, "swapped out", memory->swapped);
    line(out, "page tables, counted beside what is resident", memory->page_tables);
    line(out, "huge pages of hugetlbfs, counted beside what is resident", memory->huge);
    if (cgroup.version) {
        pp_buf_printf(out, "  cgroup v%d %s:\n", cgroup.version, cgroup.path);
        line(out, "its limit", cgroup.limit);
        line(out, "its use, page cache and other processes included", cgroup.current);
        if (cgroup.high != UINT64_MAX) {
            line(out, "its memory.high, beyond which it is slowed down", cgroup.high);
        }
    } else {
        pp_buf_str(out, "  no cgroup tells a limit\n");
    }
    line(out, "limit on address space (ulimit -v)", pp_sys_limit(RLIMIT_AS));
    line(out, "limit on data (ulimit -d)", pp_sys_limit(RLIMIT_DATA));
    line(out, "the machine's memory", machine.total);
    line(out, "the machine's memory that is available", machine.available);
    line(out, "the machine's swap that is free", machine.swap_free);
}

static void write_text(struct pp_buf *out, const struct page *page)
{
    const struct pp_memory *memory = &page->memory;
    unsigned known = (unsigned)accounted_per_mille(memory);
    pp_buf_printf(out, "memory of process %d\n", (int)pp_sys_pid());
    line(out, "resident", memory->resident);
    if (!memory->known) {
        pp_buf_str(out, "  /proc/self/smaps cannot be read: nothing below is complete\n");
    }
    pp_buf_printf(out, "  %-56s %12u.%u %%\n", "accounted for below", known / 10, known % 10);
    for (unsigned i = 0; i < SECTIONS; i++) {
        write_section(out, page, i);
    }
    write_environment(out, memory);
    write_heap(out, memory);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void write_string(struct pp_buf *out, const char *text)
{
    pp_buf_char(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            pp_buf_printf(out, "\\%c", c);
        } else if (c < 0x20) {
            pp_buf_printf(out, "\\u%04x", c);
        } else {
            pp_buf_char(out, (char)c);
        }
    }
    pp_buf_char(out, '"');
}

static void member(struct pp_buf *out, const char *name, uint64_t value)
{
    if (value == UINT64_MAX) {
        pp_buf_printf(out, ",\"%s\":null", name);
    } else {
        pp_buf_printf(out, ",\"%s\":%llu", name, (unsigned long long)value);
    }
}

static void json_rows(struct pp_buf *out, const struct page *page)
{
    pp_buf_str(out, ",\"rows\":[");
    for (size_t i = 0; i < page->count; i++) {
        const struct row *row = &page->rows[i];
        pp_buf_printf(out, "%s{\"section\":\"%s\",\"what\":", i ? "," : "",
                      sections[row->section].name);
        write_string(out, row->what);
        pp_buf_str(out, ",\"of\":");
        write_string(out, row->of);
        member(out, "bytes", row->bytes);
        pp_buf_char(out, '}');
    }
    pp_buf_char(out, ']');
}

static void json_environment(struct pp_buf *out)
{
    struct pp_cgroup cgroup;
    struct pp_machine machine;
    pp_cgroup_read(&cgroup);
    pp_machine_read(&machine);
    pp_buf_printf(out, ",\"cgroup\":{\"version\":%d,\"path\":", cgroup.version);
    write_string(out, cgroup.path);
    member(out, "limit", cgroup.limit);
    member(out, "current", cgroup.current);
    member(out, "high", cgroup.high);
    pp_buf_str(out, "},\"machine\":{\"total\":");
    pp_buf_u64(out, machine.total);
    member(out, "available", machine.available);
    member(out, "swap_total", machine.swap_total);
    member(out, "swap_free", machine.swap_free);
    pp_buf_str(out, "}");
}

static void json_heap(struct pp_buf *out, const struct pp_memory *memory)
{
    const struct pp_allocator *allocator = &memory->allocator;
    pp_buf_str(out, ",\"heap\":{\"allocator\":");
    write_string(out, allocator->name);
    member(out, "resident", memory->heap);
    member(out, "live", memory->live);
    member(out, "live_standard_error", memory->live_error);
    member(out, "in_use", allocator->in_use);
    member(out, "free", allocator->free_bytes);
    member(out, "held", allocator->held);
    member(out, "released", allocator->released);
    member(out, "trimmable", allocator->trimmable);
    pp_buf_char(out, '}');
}

static void write_json(struct pp_buf *out, const struct page *page)
{
    const struct pp_memory *memory = &page->memory;
    pp_buf_printf(out, "{\"pid\":%d,\"complete\":%s", (int)pp_sys_pid(),
                  memory->known ? "true" : "false");
    member(out, "resident", memory->resident);
    member(out, "accounted_per_mille", accounted_per_mille(memory));
    member(out, "swapped", memory->swapped);
    member(out, "page_tables", memory->page_tables);
    member(out, "huge_pages", memory->huge);
    json_heap(out, memory);
    json_rows(out, page);
    json_environment(out);
    pp_buf_str(out, "}\n");
}

void pp_call_memory(struct pp_call *call)
{
    struct page page = { .arena = call->arena };
    const char *format = pp_call_param(call, "format");
    if (format && strcmp(format, "json") != 0 && strcmp(format, "text") != 0) {
        pp_call_error(call, 400, "invalid value for \"format\" - must be text or json");
        return;
    }
    if (pp_memory_count(call->arena, &page.memory) != 0) {
        pp_call_error(call, 500, "not enough memory to account for memory");
        return;
    }
    make_rows(&page);
    if (format && strcmp(format, "json") == 0) {
        call->response.content_type = "application/json";
        write_json(&call->body, &page);
    } else {
        write_text(&call->body, &page);
    }
}
