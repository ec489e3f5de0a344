/* Finding and reading entries of .eh_frame where they lie. The format is that of the Linux Standard
 * Base: DWARF call frame information with pointer encodings of its own. */
#include "runtime/unwind/cfi.h"
#include "runtime/unwind/cursor.h"

enum { ENC_ABS = 0, ENC_PCREL = 0x10, ENC_DATAREL = 0x30, ENC_INDIRECT = 0x80, ENC_OMIT = 0xff };
enum { HDR_BYTES = 12, TABLE_ENTRY_BYTES = 8, TABLE_ENCODING = 0x3b }; /* 4-byte, from the header */

struct common {
    const uint8_t *own, *own_end;
    uint64_t code_align;
    int64_t data_align;
    uint64_t ra_column;
    uint8_t encoding;
    bool has_data, is_signal;
};

static const uint8_t *at_address(const struct pp_cfi_section *section, uintptr_t address)
{
    size_t offset = address - section->address;
    return offset < (size_t)(section->limit - section->base) ? section->base + offset : NULL;
}

static uint64_t read_format(struct pp_cursor *c, uint8_t format)
{
    switch (format) {
    case 0x00:
    case 0x04:
    case 0x0c:
        return pp_cursor_u64(c);
    case 0x01:
        return pp_cursor_uleb(c);
    case 0x02:
        return pp_cursor_u16(c);
    case 0x03:
        return pp_cursor_u32(c);
    case 0x09:
        return (uint64_t)pp_cursor_sleb(c);
    case 0x0a:
        return (uint64_t)(int64_t)(int16_t)pp_cursor_u16(c);
    case 0x0b:
        return (uint64_t)(int64_t)(int32_t)pp_cursor_u32(c);
    default:
        c->bad = true;
        return 0;
    }
}

/* A pointer in one of the encodings; an indirect one is read over, not followed. */
static uintptr_t read_encoded(struct pp_cursor *c, const struct pp_cfi_section *section,
                              uint8_t encoding)
{
    uintptr_t here = section->address + (uintptr_t)(c->at - section->base);
    uint64_t value = read_format(c, encoding & 0x0f);
    switch (encoding & 0x70) {
    case ENC_ABS:
        return value;
    case ENC_PCREL:
        return here + value;
    case ENC_DATAREL:
        return section->hdr + value;
    default:
        c->bad = true;
        return 0;
    }
}

/* Reads a record's length and narrows the cursor to the record. */
static bool enter_record(struct pp_cursor *c)
{
    uint64_t len = pp_cursor_u32(c);
    if (len == 0xffffffff) {
        len = pp_cursor_u64(c);
    }
    if (c->bad || len == 0 || len > (uint64_t)(c->end - c->at)) {
        return false;
    }
    c->end = c->at + len;
    return true;
}

static bool read_augmentation(struct pp_cursor *c, const struct pp_cfi_section *section,
                              const char *letters, struct common *common)
{
    uint64_t len = pp_cursor_uleb(c);
    if (c->bad || len > (uint64_t)(c->end - c->at)) {
        return false;
    }
    common->own = c->at + len;
    common->has_data = true;
    for (; *letters; letters++) {
        if (*letters == 'R') {
            common->encoding = pp_cursor_u8(c);
        } else if (*letters == 'L') {
            pp_cursor_u8(c);
        } else if (*letters == 'P') {
            uint8_t encoding = pp_cursor_u8(c);
            read_encoded(c, section, encoding);
        } else if (*letters == 'S') {
            common->is_signal = true;
        } else if (*letters != 'B' && *letters != 'G') {
            break; /* what it adds is inside the length, and none of our business */
        }
    }
    return !c->bad;
}

static bool read_common(const struct pp_cfi_section *section, const uint8_t *at,
                        struct common *common)
{
    struct pp_cursor c = { at, section->limit, false };
    if (!enter_record(&c) || pp_cursor_u32(&c) != 0) {
        return false;
    }
    uint8_t version = pp_cursor_u8(&c);
    const char *letters = (const char *)c.at;
    while (pp_cursor_u8(&c) != 0) {
    }
    if (c.bad || (version != 1 && version != 3)) {
        return false;
    }
    *common = (struct common){ .encoding = ENC_ABS };
    common->code_align = pp_cursor_uleb(&c);
    common->data_align = pp_cursor_sleb(&c);
    common->ra_column = version == 1 ? pp_cursor_u8(&c) : pp_cursor_uleb(&c);
    common->own = c.at;
    common->own_end = c.end;
    if (letters[0] == 'z') {
        return read_augmentation(&c, section, letters + 1, common);
    }
    return !c.bad && letters[0] == '\0';
}

static bool read_entry(const struct pp_cfi_section *section, const uint8_t *at,
                       struct pp_cfi_entry *entry)
{
    struct pp_cursor c = { at, section->limit, false };
    if (!at || !enter_record(&c)) {
        return false;
    }
    const uint8_t *here = c.at;
    uint32_t back = pp_cursor_u32(&c);
    struct common common;
    if (back == 0 || back > (size_t)(here - section->base) ||
        !read_common(section, here - back, &common)) {
        return false;
    }
    entry->start = read_encoded(&c, section, common.encoding);
    entry->limit = entry->start + read_format(&c, common.encoding & 0x0f);
    if (common.has_data) {
        pp_cursor_skip(&c, pp_cursor_uleb(&c));
    }
    entry->common = common.own;
    entry->common_end = common.own_end;
    entry->own = c.at;
    entry->own_end = c.end;
    entry->code_align = common.code_align;
    entry->data_align = common.data_align;
    entry->is_signal = common.is_signal;
#if defined(__x86_64__)
    return !c.bad && common.ra_column == 16;
#else
    return !c.bad && common.ra_column == 30;
#endif
}

/* The sorted table behind the header, and how many entries it has. */
static const uint8_t *find_table(const struct pp_cfi_section *section, size_t *count)
{
    *count = 0;
    const uint8_t *hdr = at_address(section, section->hdr);
    if (!hdr || (size_t)(section->limit - hdr) < HDR_BYTES) {
        return NULL;
    }
    struct pp_cursor c = { hdr, section->limit, false };
    uint8_t version = pp_cursor_u8(&c);
    uint8_t frame_encoding = pp_cursor_u8(&c);
    uint8_t count_encoding = pp_cursor_u8(&c);
    uint8_t table_encoding = pp_cursor_u8(&c);
    if (version != 1 || table_encoding != TABLE_ENCODING || count_encoding == ENC_OMIT) {
        return NULL;
    }
    if (frame_encoding != ENC_OMIT) {
        read_encoded(&c, section, frame_encoding);
    }
    uint64_t entries = read_encoded(&c, section, count_encoding);
    if (c.bad || entries > (size_t)(c.end - c.at) / TABLE_ENTRY_BYTES) {
        return NULL;
    }
    *count = (size_t)entries;
    return c.at;
}

static int32_t table_word(const uint8_t *table, size_t i, size_t word)
{
    int32_t value;
    memcpy(&value, table + i * TABLE_ENTRY_BYTES + word * sizeof(value), sizeof(value));
    return value;
}

static bool table_entry(const struct pp_cfi_section *section, const uint8_t *table, size_t i,
                        struct pp_cfi_entry *entry)
{
    uintptr_t address = section->hdr + (uintptr_t)(intptr_t)table_word(table, i, 1);
    return read_entry(section, at_address(section, address), entry);
}

size_t pp_cfi_count_sig(const struct pp_cfi_section *section)
{
    size_t count;
    find_table(section, &count);
    return count;
}

bool pp_cfi_at_sig(const struct pp_cfi_section *section, size_t i, struct pp_cfi_entry *entry)
{
    size_t count;
    const uint8_t *table = find_table(section, &count);
    return table && i < count && table_entry(section, table, i, entry);
}

bool pp_cfi_find_sig(const struct pp_cfi_section *section, uintptr_t pc,
                     struct pp_cfi_entry *entry)
{
    size_t count;
    const uint8_t *table = find_table(section, &count);
    intptr_t want = (intptr_t)(pc - section->hdr);
    size_t low = 0; /* entries below low start at or before pc */
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table_word(table, middle, 0) <= want) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 && table_entry(section, table, low - 1, entry) &&
           pc - entry->start < entry->limit - entry->start;
}
