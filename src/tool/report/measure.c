#include "tool/report/measure.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    const char *aliases[4]; /* lower case, singular */
    double factor;
};

struct family {
    const struct unit *units; /* ascending; ends with a NULL name */
    const char *default_name;
    double default_factor;
};

static const struct unit memory_units[] = {
    { "B", { "b", "byte" }, 1 },
    { "kB", { "kb", "kbyte", "kilobyte" }, 1024.0 },
    { "MB", { "mb", "mbyte", "megabyte" }, 1048576.0 },
    { "GB", { "gb", "gbyte", "gigabyte" }, 1073741824.0 },
    { "TB", { "tb", "tbyte", "terabyte" }, 1099511627776.0 },
    { "PB", { "pb", "pbyte", "petabyte" }, 1125899906842624.0 },
    { NULL, { NULL }, 0 },
};

static const struct unit time_units[] = {
    { "ns", { "ns", "nanosecond" }, 1 },
    { "us", { "\u03bcs", "us", "microsecond" }, 1e3 },
    { "ms", { "ms", "millisecond" }, 1e6 },
    { "s", { "s", "sec", "second" }, 1e9 },
    { "hrs", { "hour", "hr" }, 3600e9 },
    { NULL, { NULL }, 0 },
};

static const struct unit gcu_units[] = {
    { "n*GCU", { "nanogcu" }, 1e-9 }, { "u*GCU", { "microgcu" }, 1e-6 },
    { "m*GCU", { "milligcu" }, 1e-3 }, { "GCU", { "gcu" }, 1 },
    { "k*GCU", { "kilogcu" }, 1e3 },  { "M*GCU", { "megagcu" }, 1e6 },
    { "G*GCU", { "gigagcu" }, 1e9 },  { "T*GCU", { "teragcu" }, 1e12 },
    { "P*GCU", { "petagcu" }, 1e15 }, { NULL, { NULL }, 0 },
};

static const struct family families[] = {
    { memory_units, "B", 1 },
    { time_units, "s", 1e9 },
    { gcu_units, "GCU", 1 },
};
enum { FAMILY_COUNT = sizeof(families) / sizeof(families[0]) };

static const struct unit *find_alias(const struct family *family, const char *name)
{
    for (const struct unit *unit = family->units; unit->name; unit++) {
        for (size_t i = 0; i < 4 && unit->aliases[i]; i++) {
            if (*unit->aliases[i] == *name && !strcmp(unit->aliases[i], name)) {
                return unit;
            }
        }
    }
    return NULL;
}

/* The family's unit of that name, in any case, singular or plural. */
static const struct unit *find_unit(const struct family *family, const char *name)
{
    char lower[32];
    size_t len = strlen(name), runes = 0;
    if (len >= sizeof(lower)) {
        return NULL;
    }
    for (size_t i = 0; i <= len; i++) {
        lower[i] = (char)tolower((unsigned char)name[i]);
        runes += ((unsigned char)name[i] & 0xc0) != 0x80;
    }
    if (runes - 1 > 2 && lower[len - 1] == 's') { /* the NUL was counted too */
        lower[len - 1] = '\0';
    }
    return find_alias(family, lower);
}

static double scale_to_fit(const struct family *family, double base, const char **name)
{
    const struct unit *best = NULL;
    for (const struct unit *unit = family->units; unit->name; unit++) {
        if (base / unit->factor >= 1.0) {
            best = unit;
        }
    }
    *name = best ? best->name : family->default_name;
    return base / (best ? best->factor : family->default_factor);
}

static bool is_automatic(const char *unit)
{
    return !strcmp(unit, "minimum") || !strcmp(unit, "auto");
}

static double scale_in(const struct family *family, double base, const char *to, const char **unit)
{
    if (is_automatic(to)) {
        return scale_to_fit(family, base, unit);
    }
    const struct unit *target = find_unit(family, to);
    *unit = target ? target->name : family->default_name;
    return base / (target ? target->factor : family->default_factor);
}

static double scale_positive(int64_t value, const char *from, const char *to, const char **unit)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        const struct unit *source = find_unit(&families[i], from);
        if (source) {
            return scale_in(&families[i], (double)value * source->factor, to, unit);
        }
    }
    bool plain = is_automatic(to) || !strcmp(to, "count") || !strcmp(to, "sample") ||
                 !strcmp(to, "unit");
    *unit = plain ? "" : to;
    return (double)value;
}

double pp_scale(int64_t value, const char *from, const char *to, const char **unit)
{
    if (value < 0 && value != INT64_MIN) {
        return -scale_positive(-value, from, to, unit);
    }
    return scale_positive(value, from, to, unit);
}

/* --- text ------------------------------------------------------------------------------------- */

/* A value's decimal digits as an integer, for 0 to 5 of them behind the point: rounded as printf
 * does it, exactly and ties to even, in a tenth of its time. False for what is too large, or no
 * number. */
static bool to_decimal(double value, unsigned decimals, uint64_t *digits)
{
    static const uint32_t powers[] = { 1, 10, 100, 1000, 10000, 100000 };
    int exponent;
    if (!(value >= 0 && value < 1e12)) {
        return false;
    }
    double fraction = frexp(value, &exponent);
    unsigned __int128 scaled = (uint64_t)ldexp(fraction, 53);
    unsigned shift = (unsigned)(53 - exponent);
    scaled *= powers[decimals];
    if (shift > 126) {
        *digits = 0;
        return true;
    }
    unsigned __int128 half = (unsigned __int128)1 << (shift - 1);
    unsigned __int128 rest = scaled & (half * 2 - 1);
    *digits = (uint64_t)(scaled >> shift);
    *digits += rest > half || (rest == half && *digits & 1);
    return true;
}

/* Writes the digits so that they end before `end`; returns where they begin. */
static char *put_decimal(char *end, uint64_t digits, unsigned decimals)
{
    unsigned written = 0;
    while (digits || written < decimals + 1) {
        *--end = (char)('0' + digits % 10);
        digits /= 10;
        if (++written == decimals) {
            *--end = '.';
        }
    }
    return end;
}

/* As %.2f. */
static int put_hundredths(double value, char *out, size_t cap)
{
    char digits[32], *end = digits + sizeof(digits), *at = end;
    uint64_t number;
    if (!to_decimal(fabs(value), 2, &number)) {
        return snprintf(out, cap, "%.2f", value);
    }
    at = put_decimal(at, number, 2);
    if (signbit(value)) {
        *--at = '-';
    }
    memcpy(out, at, (size_t)(end - at));
    out[end - at] = '\0';
    return (int)(end - at);
}

const char *pp_scaled_label(int64_t value, const char *from, const char *to,
                            char out[PP_LABEL_CAP])
{
    const char *unit;
    double scaled = pp_scale(value, from, to, &unit);
    int len = put_hundredths(scaled, out, PP_LABEL_CAP);
    if (len > 3 && !strcmp(out + len - 3, ".00")) {
        len -= 3;
        out[len] = '\0';
    }
    if (!strcmp(out, "0") || !strcmp(out, "-0")) {
        return strcpy(out, "0");
    }
    size_t room = PP_LABEL_CAP - (size_t)len, want = strlen(unit);
    want = want < room ? want : room - 1;
    memcpy(out + len, unit, want);
    out[(size_t)len + want] = '\0';
    return out;
}

/* Two digits that count, as %.2g; 0.0001 or more, and less than 1, so that there is no exponent. */
static unsigned decimals_below_one(double ratio)
{
    return ratio >= 0.1 ? 2 : ratio >= 0.01 ? 3 : ratio >= 0.001 ? 4 : 5;
}

const char *pp_percentage(int64_t value, int64_t total, char out[PP_PERCENT_CAP])
{
    double ratio = total ? fabs((double)value / (double)total) * 100 : 0;
    bool below_one = ratio < 1.0;
    unsigned decimals = below_one ? decimals_below_one(ratio) : 2;
    char digits[32], *end = digits + sizeof(digits);
    uint64_t number;
    if (ratio >= 99.95 && ratio <= 100.05) {
        return strcpy(out, "  100%");
    }
    if ((ratio > 0 && ratio < 0.0001) || !to_decimal(ratio, decimals, &number)) {
        (void)snprintf(out, PP_PERCENT_CAP, ratio >= 1.0 ? "%5.2f%%" : "%5.2g%%", ratio);
        return out;
    }
    for (; below_one && decimals && number % 10 == 0; decimals--) {
        number /= 10;
    }
    char *at = put_decimal(end, number, decimals);
    size_t len = (size_t)(end - at), pad = len < 5 ? 5 - len : 0;
    memset(out, ' ', pad);
    memcpy(out + pad, at, len);
    memcpy(out + pad + len, "%", 2);
    return out;
}

const char *pp_percentage_bare(int64_t value, int64_t total, char out[PP_PERCENT_CAP])
{
    pp_percentage(value, total, out);
    size_t blanks = strspn(out, " ");
    return memmove(out, out + blanks, strlen(out + blanks) + 1);
}

int64_t pp_to_i64(double value)
{
    if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0)) {
        return INT64_MIN;
    }
    return (int64_t)value;
}
