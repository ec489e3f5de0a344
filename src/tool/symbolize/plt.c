/*   stub: [endbr64] [bnd] jmp *slot(%rip)   relocation of the slot -> symbol of .dynsym */
#include "tool/symbolize/plt.h"

#include <string.h>

enum { STUB_BYTES = 16 };

/* The bytes of a stub, when the address is in a section of code and they are all there. */
static const unsigned char *stub_bytes(const struct pp_elf *elf, uint64_t address)
{
    for (size_t i = 0; i < elf->section_count; i++) {
        const Elf64_Shdr *s = &elf->sections[i];
        if (s->sh_type != SHT_PROGBITS || !(s->sh_flags & SHF_EXECINSTR) || address < s->sh_addr ||
            address - s->sh_addr >= s->sh_size || s->sh_offset > elf->file.size ||
            s->sh_size > elf->file.size - s->sh_offset) {
            continue;
        }
        uint64_t skip = address - s->sh_addr;
        return s->sh_size - skip >= STUB_BYTES ? elf->file.data + s->sh_offset + skip : NULL;
    }
    return NULL;
}

/* The address that the stub jumps through. */
static bool find_slot(const struct pp_elf *elf, uint64_t address, uint64_t *slot)
{
    static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa }, jump[] = { 0xff, 0x25 };
    const unsigned char *bytes = stub_bytes(elf, address);
    if (!bytes) {
        return false;
    }
    size_t at = memcmp(bytes, endbr64, sizeof(endbr64)) ? 0 : sizeof(endbr64);
    at += bytes[at] == 0xf2;
    if (memcmp(bytes + at, jump, sizeof(jump)) != 0) {
        return false;
    }
    int32_t distance;
    memcpy(&distance, bytes + at + sizeof(jump), sizeof(distance));
    *slot = address + at + sizeof(jump) + sizeof(distance) + (uint64_t)(int64_t)distance;
    return true;
}

static const char *dynamic_name(const struct pp_elf *elf, uint64_t symbol)
{
    const unsigned char *symbols = NULL, *text = NULL;
    size_t size = 0, text_size = 0;
    Elf64_Sym found;
    if (!pp_elf_section(elf, ".dynsym", &symbols, &size) || !symbols ||
        !pp_elf_section(elf, ".dynstr", &text, &text_size) || !text ||
        symbol >= size / sizeof(found)) {
        return NULL;
    }
    memcpy(&found, symbols + symbol * sizeof(found), sizeof(found));
    bool whole = found.st_name && found.st_name < text_size &&
                 memchr(text + found.st_name, 0, text_size - found.st_name);
    return whole ? (const char *)text + found.st_name : NULL;
}

static const char *name_of_slot(const struct pp_elf *elf, const char *section, uint64_t slot)
{
    const unsigned char *data = NULL;
    size_t size = 0;
    if (!pp_elf_section(elf, section, &data, &size) || !data) {
        return NULL;
    }
    for (size_t i = 0; i < size / sizeof(Elf64_Rela); i++) {
        Elf64_Rela r;
        memcpy(&r, data + i * sizeof(r), sizeof(r));
        uint64_t type = ELF64_R_TYPE(r.r_info);
        if (r.r_offset == slot && (type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT)) {
            return dynamic_name(elf, ELF64_R_SYM(r.r_info));
        }
    }
    return NULL;
}

const char *pp_plt_name(const struct pp_elf *elf, uint64_t address)
{
    uint64_t slot;
    if (elf->header->e_machine != EM_X86_64 || !find_slot(elf, address, &slot)) {
        return NULL;
    }
    const char *name = name_of_slot(elf, ".rela.plt", slot);
    return name ? name : name_of_slot(elf, ".rela.dyn", slot);
}
