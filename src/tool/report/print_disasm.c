/* disasm: the text of an annotated disassembly. */
#include "tool/report/assembly.h"

#include <inttypes.h>
#include <string.h>

enum { TEXT_WIDTH = 40 };

struct printer {
    struct pp_report *report;
    struct pp_out *out;
    bool has_begun;
};

static void put_value(struct printer *p, int64_t value, bool dot)
{
    char text[PP_LABEL_CAP];
    pp_out_right(p->out, dot && !value ? "." : pp_report_value(p->report, value, text), 10);
    pp_out_char(p->out, ' ');
}

static void put_instruction(struct printer *p, const struct pp_assembly_line *line)
{
    put_value(p, line->flat, true);
    put_value(p, line->cum, true);
    pp_out_printf(p->out, "%10" PRIx64 ": ", line->address);
    pp_out_str(p->out, line->text);
}

static void put_place(struct printer *p, const struct pp_assembly_line *line)
{
    pp_out_char(p->out, ';');
    pp_out_str(p->out, line->function);
    pp_out_str(p->out, *line->function ? " " : "");
    pp_out_str(p->out, line->file);
    if (*line->file && line->line) {
        pp_out_char(p->out, ':');
        pp_out_i64(p->out, line->line);
    }
    pp_out_char(p->out, '\n');
}

static bool has_place(const struct pp_assembly_line *line)
{
    return *line->function || *line->file;
}

/* The place is only said where it changes; behind a long instruction there is no room for it. */
static void put_line(struct printer *p, const struct pp_assembly_line *line,
                     const struct pp_assembly_line *before)
{
    bool changed = !before || line->line != before->line ||
                   strcmp(line->function, before->function) != 0 ||
                   strcmp(line->file, before->file) != 0;
    size_t len = strlen(line->text);
    bool place = changed && has_place(line);
    if (place && len >= TEXT_WIDTH) {
        pp_out_fill(p->out, ' ', 74);
        put_place(p, line);
    }
    put_instruction(p, line);
    if (place && len < TEXT_WIDTH) {
        pp_out_fill(p->out, ' ', TEXT_WIDTH - len);
        put_place(p, line);
    } else {
        pp_out_char(p->out, '\n');
    }
}

static void put_total(struct printer *p)
{
    char text[PP_LABEL_CAP];
    if (!p->has_begun) {
        pp_out_str(p->out, "Total: ");
        pp_out_str(p->out, pp_report_value(p->report, p->report->total, text));
        pp_out_char(p->out, '\n');
        p->has_begun = true;
    }
}

static void put_routine(void *ctx, const struct pp_assembly_routine *routine)
{
    struct printer *p = ctx;
    char percent[PP_PERCENT_CAP];
    put_total(p);
    pp_out_str(p->out, "ROUTINE ======================== ");
    pp_out_str(p->out, routine->name);
    for (size_t i = 0; i < routine->other_name_count; i++) {
        pp_out_str(p->out, "\n    AKA ======================== ");
        pp_out_str(p->out, routine->other_names[i]);
    }
    pp_out_char(p->out, '\n');
    put_value(p, routine->flat, false);
    put_value(p, routine->cum, false);
    pp_out_str(p->out, "(flat, cum) ");
    pp_out_str(p->out, pp_percentage(routine->cum, p->report->total, percent));
    pp_out_str(p->out, " of Total\n");
    for (size_t i = 0; i < routine->line_count; i++) {
        put_line(p, &routine->lines[i], i ? &routine->lines[i - 1] : NULL);
    }
}

int pp_print_disasm(struct pp_report *report, struct pp_out *out, struct pprof_error *error)
{
    struct printer printer = { .report = report, .out = out };
    return pp_assembly_each(report, 0, put_routine, &printer, error);
}
