/* Where a call goes that is told by the instruction itself: frames lost by a tail call are named so. */
#include "runtime/unwind/module.h"
#include "runtime/unwind/unwind.h"
#include "runtime/unwind/view.h"

#include "base/sys.h"

#include <string.h>

#if defined(__x86_64__)
enum { CALL_BYTES = 5, CALL = 0xe8 };

/* A stub of the procedure linkage table: jmp *slot(%rip), maybe behind endbr64 and bnd; or push n,
 * jmp, while nothing was bound. */
PP_NO_SANITIZE static bool is_stub(const uint8_t *code)
{
    static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
    if (memcmp(code, endbr64, sizeof(endbr64)) == 0) {
        code += sizeof(endbr64);
    }
    code += code[0] == 0xf2;
    return (code[0] == 0xff && code[1] == 0x25) || code[0] == 0x68;
}

PP_NO_SANITIZE uintptr_t pp_unwind_callee_sig(uintptr_t to)
{
    const uint8_t *call = (const uint8_t *)to - CALL_BYTES;
    const struct pp_module *module = pp_module_find_sig(to - CALL_BYTES);
    int32_t distance;
    if (!module || call[0] != CALL) {
        return 0;
    }
    memcpy(&distance, call + 1, sizeof(distance));
    uintptr_t callee = to + (uintptr_t)(intptr_t)distance;
    bool is_here = pp_module_find_sig(callee) == module && pp_sys_readable((const void *)callee) &&
                   pp_sys_readable((const void *)(callee + 8));
    return is_here && !is_stub((const uint8_t *)callee) ? callee : 0;
}
#else
uintptr_t pp_unwind_callee_sig(uintptr_t to)
{
    (void)to;
    return 0;
}
#endif
