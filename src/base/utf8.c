#include "base/utf8.h"

size_t pp_utf8_length_beyond_ascii(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t want = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
    if (want > len || *s < 0xc2 || *s > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < want; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (*s == 0xe0 && s[1] < 0xa0) || (*s == 0xf0 && s[1] < 0x90);
    bool outside = (*s == 0xed && s[1] >= 0xa0) || (*s == 0xf4 && s[1] >= 0x90);
    return overlong || outside ? 0 : want;
}

size_t pp_utf8_count(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        n = pp_utf8_length(text + i, len - i);
        count++;
    }
    return count;
}

bool pp_utf8_is_valid(const char *text, size_t len)
{
    size_t n = 1;
    for (size_t i = 0; i < len && n; i += n) {
        n = pp_utf8_length(text + i, len - i);
    }
    return n != 0;
}
