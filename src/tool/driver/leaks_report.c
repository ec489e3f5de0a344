/* The report: plain text, the most certain and largest first, each with its way to look further. */
#include "tool/driver/leaks.h"

#include "tool/driver/words.h"

#include <math.h>
#include <string.h>

enum { SHOWN = 10, FRAMES = 6, WAITERS = 12 };
static const double LONG_WAIT_S = 5;
static const double MIN_NOTE_BYTES = 16384; /* what is no leak is not worth a line below that */

struct report {
    const struct pp_hunt *hunt;
    const struct pp_findings *findings;
    FILE *out;
    double window_s;
};

/* ---- places ---------------------------------------------------------------------------------- */

/* The last two parts of a path are what people know a file by. */
static const char *short_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    while (slash && slash > path && slash[-1] != '/') {
        slash--;
    }
    return slash ? slash : path;
}

static void print_place(const struct pp_frame_text *frame, FILE *out)
{
    if (frame->line > 0) {
        fprintf(out, "%s:%lld", short_path(frame->file), (long long)frame->line);
    } else {
        fprintf(out, "(%s)", *frame->module ? frame->module : "no file");
    }
}

static void print_stack(const struct pp_frame_text *frames, size_t count, size_t head, FILE *out)
{
    size_t shown = 0, width = 0;
    for (size_t i = head; i < count && i < head + FRAMES; i++) {
        size_t len = strlen(frames[i].function);
        width = len > width && len <= 40 ? len : width;
    }
    for (size_t i = head; i < count && shown < FRAMES; i++, shown++) {
        fprintf(out, "       %-*s  ", (int)width, frames[i].function);
        print_place(&frames[i], out);
        fputc('\n', out);
    }
    if (count > head + shown) {
        fprintf(out, "       ... %zu more\n", count - head - shown);
    }
}

static const struct pp_frame_text *head_frame(const struct pp_finding *f)
{
    static const struct pp_frame_text nowhere = { "(no stack)", "", "", 0, false };
    return f->frame_count ? &f->frames[f->head] : &nowhere;
}

/* ---- sections -------------------------------------------------------------------------------- */

static size_t count_verdict(const struct report *r, enum pp_verdict verdict, double *bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < r->findings->count; i++) {
        const struct pp_finding *f = &r->findings->items[i];
        if (f->judgment.verdict == verdict) {
            count++;
            *bytes += f->last.inuse_bytes;
        }
    }
    return count;
}

static void print_leak(const struct report *r, const struct pp_finding *f, size_t number)
{
    const struct pp_judgment *j = &f->judgment;
    char size[32], sigma[32], count[32], time[32], second[32], hour[32], held[32];
    const struct pp_frame_text *head = head_frame(f);
    fprintf(r->out, "  %zu. %s  ", number, head->function);
    print_place(head, r->out);
    fprintf(r->out, "  (%s)\n", pp_grade_text(j->grade));
    fprintf(r->out, "     %s +- %s in %s objects in %s: %s a second, %s an hour\n",
            pp_words_size(j->grown_bytes, true, size), pp_words_size(j->sigma_bytes, false, sigma),
            pp_words_count(j->grown_objects, count), pp_words_time(r->window_s, time),
            pp_words_size(j->per_second, false, second),
            pp_words_size(j->per_second * 3600, false, hour));
    fprintf(r->out, "     holds %s now; %.0f %% of what it allocated meanwhile is still there",
            pp_words_size(f->last.inuse_bytes, false, held), 100 * j->kept_share);
    fprintf(r->out, f->stacks > 1 ? "; %zu ways lead here, the main one:\n" : "\n", f->stacks);
    print_stack(f->frames, f->frame_count, f->head, r->out);
}

/* What could have hidden: growth of T * z^2 bytes is z standard errors. */
static void print_limit(const struct report *r)
{
    char size[32], time[32];
    double hidden = 9 * r->findings->period_bytes;
    if (r->findings->period_bytes > 1) {
        fprintf(r->out,
                "  (growth of less than about %s in these %s would not show: look longer, or "
                "take more samples with --rate)\n",
                pp_words_size(hidden, false, size), pp_words_time(r->window_s, time));
    }
}

static size_t print_leaks(const struct report *r)
{
    size_t number = 0;
    double bytes = 0;
    size_t count = count_verdict(r, PP_VERDICT_GROWS, &bytes);
    fprintf(r->out, "\nLEAKS: what only grows\n");
    for (size_t i = 0; i < r->findings->count && number < SHOWN; i++) {
        if (r->findings->items[i].judgment.verdict == PP_VERDICT_GROWS) {
            print_leak(r, &r->findings->items[i], ++number);
        }
    }
    if (count > number) {
        fprintf(r->out, "  ... and %zu smaller ones\n", count - number);
    }
    if (count == 0) {
        fprintf(r->out, "  none: nothing grew beyond the noise of sampling\n");
        print_limit(r);
    }
    return count;
}

static void print_temporary(const struct report *r)
{
    char rise[32], fall[32];
    size_t shown = 0;
    for (size_t i = 0; i < r->findings->count && shown < SHOWN; i++) {
        const struct pp_finding *f = &r->findings->items[i];
        if (f->judgment.verdict != PP_VERDICT_TEMPORARY ||
            f->judgment.fall_bytes < MIN_NOTE_BYTES) {
            continue;
        }
        if (shown++ == 0) {
            fprintf(r->out, "\nTEMPORARY: grew and was released, no leak\n");
        }
        fprintf(r->out, "  %s  ", head_frame(f)->function);
        print_place(head_frame(f), r->out);
        fprintf(r->out, "  %s, then %s\n", pp_words_size(f->judgment.rise_bytes, true, rise),
                pp_words_size(-f->judgment.fall_bytes, true, fall));
    }
}

static void print_stopped(const struct report *r)
{
    char size[32];
    size_t shown = 0;
    for (size_t i = 0; i < r->findings->count && shown < SHOWN; i++) {
        const struct pp_finding *f = &r->findings->items[i];
        bool step = f->judgment.verdict == PP_VERDICT_STEP;
        if ((!step && f->judgment.verdict != PP_VERDICT_SETTLED) ||
            f->judgment.grown_bytes < MIN_NOTE_BYTES) {
            continue;
        }
        if (shown++ == 0) {
            fprintf(r->out, "\nGREW, BUT NOT STEADILY: look longer to be sure (--moments, "
                            "--every)\n");
        }
        fprintf(r->out, "  %s  ", head_frame(f)->function);
        print_place(head_frame(f), r->out);
        fprintf(r->out, "  %s, %s\n", pp_words_size(f->judgment.grown_bytes, true, size),
                step ? "in one step" : "then it stopped");
    }
}

static void print_rest(const struct report *r)
{
    char size[32];
    double bytes = 0;
    size_t count = count_verdict(r, PP_VERDICT_REST, &bytes);
    if (count && bytes >= MIN_NOTE_BYTES) {
        fprintf(r->out, "\nAT REST: %s in %zu other place%s that did not grow\n",
                pp_words_size(bytes, false, size), count, count == 1 ? "" : "s");
    }
}

/* Fewer than three moments: what is held is all that can be said. */
static void print_held(const struct report *r)
{
    char size[32], sigma[32], count[32];
    double period = r->findings->period_bytes;
    fprintf(r->out,
            "\nNOT ENOUGH DATA: %zu moment%s, three are needed to tell growth from use\n",
            r->findings->moments, r->findings->moments == 1 ? "" : "s");
    for (size_t i = 0, shown = 0; i < r->findings->count && shown < SHOWN; i++) {
        const struct pp_finding *f = &r->findings->items[i];
        if (f->last.inuse_bytes <= 0) {
            continue;
        }
        if (shown++ == 0) {
            fprintf(r->out, "  held at the last one%s:\n",
                    r->hunt->child.ended ? ", the program's end" : "");
        }
        fprintf(r->out, "  %s +- %s in %s objects  %s  ",
                pp_words_size(f->last.inuse_bytes, false, size),
                pp_words_size(pp_judge_sigma(f->last.inuse_bytes, f->last.inuse_objects, period),
                              false, sigma),
                pp_words_count(f->last.inuse_objects, count), head_frame(f)->function);
        print_place(head_frame(f), r->out);
        fputc('\n', r->out);
    }
}

/* ---- threads --------------------------------------------------------------------------------- */

static void print_waiter(const struct pp_waiters *w, FILE *out)
{
    char time[32];
    bool is_long = w->longest_s >= LONG_WAIT_S && strcmp(w->reason, "running") != 0;
    fprintf(out, "%s %3zu  %-16s %10s  ", is_long ? "!" : " ", w->count, w->reason,
            w->longest_s >= 0 ? pp_words_time(w->longest_s, time) : "");
    if (!w->frame_count) {
        fprintf(out, "(no stack)\n");
        return;
    }
    size_t shown = 0;
    for (size_t i = w->head; i < w->frame_count && shown < 3; i++) {
        if (w->frames[i].is_program) {
            fprintf(out, shown++ ? " <- %s " : "%s ", w->frames[i].function);
            print_place(&w->frames[i], out);
        }
    }
    if (shown == 0) {
        fputs(w->frames[w->head].function, out);
    }
    fputc('\n', out);
}

static void print_waiters(const struct report *r, const struct pp_waiters *waiters, size_t count)
{
    size_t threads = 0;
    for (size_t i = 0; i < count; i++) {
        threads += waiters[i].count;
    }
    if (!count) {
        return;
    }
    fprintf(r->out, "\nTHREADS: %zu, longest wait first (! marks %g s and more)\n", threads,
            LONG_WAIT_S);
    for (size_t i = 0; i < count && i < WAITERS; i++) {
        print_waiter(&waiters[i], r->out);
    }
    if (count > WAITERS) {
        fprintf(r->out, "  ... %zu more groups in goroutine.txt\n", count - WAITERS);
    }
}

/* The library speaks of goroutines, as Go's dump does; here they are threads. */
static void print_sentence(const char *text, size_t len, FILE *out)
{
    static const char word[] = "goroutine ";
    const size_t size = sizeof(word) - 1;
    fputs("! ", out);
    for (const char *at = text, *end = text + len; at < end;) {
        const char *found = memmem(at, (size_t)(end - at), word, size);
        const char *stop = found ? found : end;
        fwrite(at, 1, (size_t)(stop - at), out);
        fputs(found ? "thread " : "", out);
        at = found ? found + size : end;
    }
    fputc('\n', out);
}

static size_t print_deadlocks(const struct report *r)
{
    const char *at = r->hunt->dump, *text;
    size_t count = 0, len;
    while ((text = pp_hunt_deadlock(&at, &len)) != NULL) {
        if (count++ == 0) {
            fprintf(r->out, "\nDEADLOCKS: threads that wait for each other, or for a lock nobody will release\n");
        }
        print_sentence(text, len, r->out);
    }
    return count;
}

/* ---- top and bottom -------------------------------------------------------------------------- */

static void print_top(const struct report *r)
{
    char time[32], rate[32], total[32];
    const struct pp_findings *f = r->findings;
    fprintf(r->out, "%s", r->hunt->name);
    if (r->hunt->child.pid) {
        fprintf(r->out, " (pid %d%s)", (int)r->hunt->child.pid,
                r->hunt->child.ended ? ", ended" : "");
    }
    if (f->moments == 0) {
        fprintf(r->out, ": no profile could be taken\n");
        return;
    }
    fprintf(r->out, ": %s in use; looked at it ", pp_words_size(f->total_bytes, false, total));
    if (f->moments == 1) {
        fprintf(r->out, "once");
    } else {
        fprintf(r->out, "%zu times in %s", f->moments, pp_words_time(r->window_s, time));
    }
    if (f->period_bytes > 1) {
        fprintf(r->out, ", by a sample every %s", pp_words_size(f->period_bytes, false, rate));
    }
    fputc('\n', r->out);
}

static const char *moment_file(const struct pp_hunt *hunt, bool last)
{
    const char *found = NULL;
    for (size_t i = 0; i < hunt->shot_count; i++) {
        if (hunt->shots[i].file && (last || !found)) {
            found = hunt->shots[i].file;
        }
    }
    return found;
}

static const struct pp_finding *first_leak(const struct pp_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].judgment.verdict == PP_VERDICT_GROWS) {
            return &findings->items[i];
        }
    }
    return NULL;
}

/* Names that stand for themselves in a regular expression and in a shell. */
static bool is_plain_name(const char *name)
{
    return *name && name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789_:.")] == '\0';
}

static void print_bottom(const struct report *r, size_t leaks)
{
    const struct pp_hunt *hunt = r->hunt;
    const char *first = moment_file(hunt, false), *last = moment_file(hunt, true);
    const char *tool = pp_words_self();
    fprintf(r->out, "\nLOOK FURTHER\n");
    if (first && first != last) {
        fprintf(r->out, "  %s -top -inuse_space -diff_base %s %s\n", tool, first, last);
    } else if (last) {
        fprintf(r->out, "  %s -top -inuse_space %s\n", tool, last);
    }
    const struct pp_finding *worst = first_leak(r->findings);
    if (leaks && worst && is_plain_name(head_frame(worst)->function)) {
        fprintf(r->out, "  %s -list '^%s$' -inuse_space %s\n", tool, head_frame(worst)->function,
                last);
    }
    if (hunt->url && !hunt->child.ended) {
        fprintf(r->out, "  live: %s\n", hunt->url);
        fprintf(r->out, "  %s -top '%sheap'\n", tool, hunt->url);
        fprintf(r->out, "  curl '%sgoroutine?debug=2'\n", hunt->url);
    }
    fprintf(r->out, "  profiles of each moment: %s\n", hunt->directory);
}

size_t pp_hunt_report(const struct pp_hunt *hunt, const struct pp_findings *findings,
                      const struct pp_waiters *waiters, size_t waiter_count, FILE *out)
{
    struct report r = { hunt, findings, out, findings->to_s - findings->from_s };
    size_t leaks = 0;
    print_top(&r);
    if (findings->moments >= 3) {
        leaks = print_leaks(&r);
        print_temporary(&r);
        print_stopped(&r);
        print_rest(&r);
    } else if (findings->moments) {
        print_held(&r);
    }
    size_t deadlocks = print_deadlocks(&r);
    print_waiters(&r, waiters, waiter_count);
    print_bottom(&r, leaks);
    return leaks + deadlocks;
}
