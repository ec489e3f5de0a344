#include "tool/driver/leaks_judge.h"

#include <math.h>

/* Three sigma: one false alarm in 740 sites from noise alone, and the two halves must agree too. */
static const double SIGNIFICANT = 3, AGREES = 1, LIKELY = 4.5, CERTAIN = 6;
/* A fall is the deepest of many pairs of moments, so chance has many tries. */
static const double FALL = 4;
/* Of a rise in one interval out of three or more, this share makes it a step. */
static const double STEP_SHARE = 0.85;
/* A floor that rose by less than this share of the saw's height is a matter of when one looked. */
static const double FLOOR_SHARE = 0.5;

/* ---- noise ----------------------------------------------------------------------------------- */

/* Variance per estimated byte: s (1 - p) / p, between T (small objects) and 0 (large ones). */
static double noise(double size, double period)
{
    if (period <= 1) {
        return 0;
    }
    if (!(size > 0)) {
        return period;
    }
    double p = -expm1(-size / period);
    return size * (1 - p) / p;
}

double pp_judge_sigma(double bytes, double objects, double period_bytes)
{
    return sqrt(fabs(bytes) * noise(objects > 0 ? bytes / objects : 0, period_bytes));
}

double pp_judge_sigma_change(const struct pp_moment *a, const struct pp_moment *b,
                             double period_bytes)
{
    double allocated = fmax(b->alloc_bytes - a->alloc_bytes, 0);
    double change = b->inuse_bytes - a->inuse_bytes;
    double came = fmin(allocated, b->inuse_bytes);
    double went = fmin(fmax(allocated - change, 0), a->inuse_bytes);
    double objects = b->alloc_objects > 0 ? b->alloc_objects : b->inuse_objects;
    double bytes = b->alloc_objects > 0 ? b->alloc_bytes : b->inuse_bytes;
    double moved = fmax(came + went, fabs(change));
    return sqrt(moved * noise(objects > 0 ? bytes / objects : 0, period_bytes));
}

/* How many sigma the change from a to b is; an exact change of anything is beyond doubt. */
static double z_change(const struct pp_moment *a, const struct pp_moment *b, double period)
{
    double change = b->inuse_bytes - a->inuse_bytes;
    double sigma = pp_judge_sigma_change(a, b, period);
    if (change == 0) {
        return 0;
    }
    /* Objects much larger than the period are all seen: sigma goes to 0, one object is no trend. */
    double objects = fabs(b->inuse_objects - a->inuse_objects);
    double counted = objects > 0 ? fabs(change) / sqrt(objects) : 0;
    return change / fmax(fmax(sigma, counted), 1e-9);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static size_t lowest(const struct pp_moment *m, size_t from, size_t to)
{
    size_t low = from;
    for (size_t i = from; i < to; i++) {
        low = m[i].inuse_bytes < m[low].inuse_bytes ? i : low;
    }
    return low;
}

static size_t highest(const struct pp_moment *m, size_t count)
{
    size_t high = 0;
    for (size_t i = 0; i < count; i++) {
        high = m[i].inuse_bytes > m[high].inuse_bytes ? i : high;
    }
    return high;
}

/* The largest change of one direction (+1 up, -1 down) that is beyond `sigmas`: its two moments. */
static bool find_swing(const struct pp_moment *m, size_t count, double period, int direction,
                       double sigmas, size_t *from, size_t *to)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            double swing = direction * (m[j].inuse_bytes - m[i].inuse_bytes);
            if (swing > largest && direction * z_change(&m[i], &m[j], period) >= sigmas) {
                largest = swing;
                *from = i;
                *to = j;
            }
        }
    }
    return largest > 0;
}

/* The moment nearest to the middle of the time, with at least one on each side. */
static size_t middle_of(const struct pp_moment *m, size_t count)
{
    double half = (m[0].at_s + m[count - 1].at_s) / 2;
    size_t best = 1;
    for (size_t i = 1; i + 1 < count; i++) {
        best = fabs(m[i].at_s - half) < fabs(m[best].at_s - half) ? i : best;
    }
    return best;
}

static bool is_step(const struct pp_moment *m, size_t count, double grown)
{
    for (size_t i = 0; count > 3 && i + 1 < count; i++) {
        if (m[i + 1].inuse_bytes - m[i].inuse_bytes >= STEP_SHARE * grown) {
            return true;
        }
    }
    return false;
}

/* ---- verdicts -------------------------------------------------------------------------------- */

/* Whether low2 is a floor of its own: something fell to it after low1. Else it only lies on the
 * way up. */
static bool is_floor(const struct pp_moment *m, double period, size_t low1, size_t low2)
{
    size_t top = low1;
    for (size_t i = low1; i < low2; i++) {
        top = m[i].inuse_bytes > m[top].inuse_bytes ? i : top;
    }
    return z_change(&m[top], &m[low2], period) <= -SIGNIFICANT;
}

/* A site that fell: temporary, unless its floor rose by a good part of the saw's height. */
static void judge_saw(const struct pp_moment *m, size_t count, double period, size_t top,
                      size_t bottom, struct pp_judgment *out)
{
    size_t middle = middle_of(m, count), foot = 0, peak = 0;
    size_t low1 = lowest(m, 0, middle + 1), low2 = lowest(m, middle, count);
    double floor_rise = m[low2].inuse_bytes - m[low1].inuse_bytes;
    out->fall_bytes = m[top].inuse_bytes - m[bottom].inuse_bytes;
    if (find_swing(m, count, period, +1, SIGNIFICANT, &foot, &peak)) {
        out->rise_bytes = m[peak].inuse_bytes - m[foot].inuse_bytes;
    }
    bool floor_grows = low1 < low2 && is_floor(m, period, low1, low2) &&
                       z_change(&m[low1], &m[low2], period) >= SIGNIFICANT &&
                       floor_rise >= FLOOR_SHARE * out->fall_bytes;
    if (floor_grows && out->z >= SIGNIFICANT) {
        out->verdict = PP_VERDICT_GROWS;
        out->grade = PP_GRADE_POSSIBLE;
    } else if (out->rise_bytes > 0 && out->fall_bytes >= out->rise_bytes / 2) {
        out->verdict = PP_VERDICT_TEMPORARY;
    }
}

static enum pp_grade grade_of(double z, double z1, double z2)
{
    if (z >= CERTAIN && z1 >= SIGNIFICANT && z2 >= SIGNIFICANT) {
        return PP_GRADE_CERTAIN;
    }
    return z >= LIKELY && z1 >= 2 && z2 >= 2 ? PP_GRADE_LIKELY : PP_GRADE_POSSIBLE;
}

/* A site that never fell and is higher at the end: does it still rise? */
static void judge_rise(const struct pp_moment *m, size_t count, double period,
                       struct pp_judgment *out)
{
    size_t middle = middle_of(m, count);
    const struct pp_moment *a = &m[0], *b = &m[middle], *c = &m[count - 1];
    double z1 = z_change(a, b, period), z2 = z_change(b, c, period);
    double rate1 = (b->inuse_bytes - a->inuse_bytes) / (b->at_s - a->at_s);
    double rate2 = (c->inuse_bytes - b->inuse_bytes) / (c->at_s - b->at_s);
    bool slows = rate2 < rate1 / 2; /* growth that dies away must still be beyond doubt */
    if (is_step(m, count, out->grown_bytes)) {
        out->verdict = PP_VERDICT_STEP;
    } else if (z2 < (slows ? SIGNIFICANT : AGREES) || rate2 < rate1 / 8) {
        out->verdict = PP_VERDICT_SETTLED;
    } else if (z1 < AGREES) {
        out->verdict = PP_VERDICT_STEP; /* it only began: too early to tell */
    } else {
        out->verdict = PP_VERDICT_GROWS;
        out->grade = slows ? PP_GRADE_POSSIBLE : grade_of(out->z, z1, z2);
    }
}

static void measure(const struct pp_moment *m, size_t count, double period, struct pp_judgment *out)
{
    const struct pp_moment *first = &m[0], *last = &m[count - 1];
    double allocated = last->alloc_bytes - first->alloc_bytes;
    double seconds = last->at_s - first->at_s;
    out->grown_bytes = last->inuse_bytes - first->inuse_bytes;
    out->grown_objects = last->inuse_objects - first->inuse_objects;
    out->sigma_bytes = pp_judge_sigma_change(first, last, period);
    out->z = z_change(first, last, period);
    out->per_second = seconds > 0 ? out->grown_bytes / seconds : 0;
    out->peak_bytes = m[highest(m, count)].inuse_bytes;
    out->kept_share = allocated > 0 ? fmin(fmax(out->grown_bytes / allocated, 0), 1) : 0;
}

void pp_judge(const struct pp_moment *moments, size_t count, double period_bytes,
              struct pp_judgment *out)
{
    size_t top = 0, bottom = 0;
    *out = (struct pp_judgment){ .verdict = PP_VERDICT_UNKNOWN };
    if (count == 0) {
        return;
    }
    measure(moments, count, period_bytes, out);
    if (count < 3 || !(moments[count - 1].at_s > moments[0].at_s)) {
        return;
    }
    out->verdict = PP_VERDICT_REST;
    if (find_swing(moments, count, period_bytes, -1, FALL, &top, &bottom)) {
        judge_saw(moments, count, period_bytes, top, bottom, out);
    } else if (out->z >= SIGNIFICANT) {
        judge_rise(moments, count, period_bytes, out);
    }
}

const char *pp_grade_text(enum pp_grade grade)
{
    static const char *const texts[] = { "", "possible", "likely", "almost certain" };
    return texts[grade];
}
