/* Names and tags as labels of dot and of svg: whatever they hold, the texts around them stay whole. The
 * input is lines, each one stack as in the folded format, with a tag behind a tab. */
#include "profile/stacks.h"
#include "tool/driver/options.h"
#include "tool/report/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void add_stack(struct pp_stacks *s, struct pp_scan line)
{
    struct pp_scan none = { line.end, line.end }, tag = none;
    const char *tab = pp_scan_find(line, "\t");
    int64_t one = 1;
    if (tab) {
        tag.at = tab + 1;
        line.end = tab;
    }
    while (line.at <= line.end) {
        const char *end = pp_scan_find(line, ";");
        end = end ? end : line.end;
        pp_stacks_push_name(s, (struct pp_scan){ line.at, end }, none, 0);
        line.at = end + 1;
    }
    struct pprof_label label = { .key = pp_build_cstr(s->build, "key"),
                                 .str = pp_build_string(s->build, tag.at, pp_scan_len(tag)) };
    pp_stacks_sample(s, &one, &label, label.str != 0);
}

static struct pprof_profile *make(const unsigned char *data, size_t size)
{
    struct pp_stacks s;
    struct pprof_profile *p = NULL;
    struct pp_text_lines lines = { .rest = { (const char *)data, (const char *)data + size } };
    if (pp_stacks_init(&s, 64 << 20)) {
        return NULL;
    }
    pp_build_sample_type(s.build, "samples", "count");
    while (pp_lines_next(&lines)) {
        add_stack(&s, lines.line);
    }
    if (pp_stacks_finish(&s, &p, NULL)) {
        p = NULL;
    }
    pp_stacks_release(&s);
    return p;
}

/* Quotation marks pair up on each line, and nothing but a backslash takes their meaning away. */
static void check_dot(const char *text, size_t len)
{
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && quoted) {
            i++;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == '\n' && quoted) {
            abort();
        }
    }
    if (quoted) {
        abort();
    }
}

/* Whether a tag of ours begins here. */
static bool is_tag(const char *text, size_t len)
{
    static const char *const names[] = { "?xml", "svg", "title", "rect", "g", "path", "text",
                                         "polygon", "script", "![CDATA[" };
    bool closes = len && *text == '/';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t n = strlen(names[i]);
        if (len > n + closes && !memcmp(text + closes, names[i], n) &&
            strchr(" >\n/", text[closes + n])) {
            return true;
        }
    }
    return false;
}

/* Tags are only ours, attributes end where they should, and an ampersand begins an entity. */
static void check_svg(const char *text, size_t len)
{
    bool inside = false, quoted = false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c == '<' && (inside || !is_tag(text + i + 1, len - i - 1))) ||
            (c < ' ' && !strchr("\t\n\r", c)) ||
            (c == '&' && !memchr(text + i, ';', len - i < 8 ? len - i : 8))) {
            abort();
        }
        quoted ^= inside && c == '"';
        inside = c == '<' || (inside && (quoted || c != '>'));
    }
    if (inside || quoted) {
        abort();
    }
}

static void draw(const struct pprof_profile *p, enum pp_format format,
                 void (*check)(const char *text, size_t len))
{
    static struct pp_out out;
    struct pp_report report;
    struct pp_report_request request = { .format = format };
    int fd = memfd_create("graph", MFD_CLOEXEC);
    pp_config_init(&request.config);
    request.config.nodecount = 20;
    pp_out_init(&out, fd);
    if (pp_report_build(&report, p, &request, NULL) == 0 &&
        pp_report_print(&report, &out, NULL) == 0 && pp_out_finish(&out, NULL) == 0) {
        size_t len = (size_t)lseek(fd, 0, SEEK_END);
        char *text = mmap(NULL, len + 1, PROT_READ, MAP_PRIVATE, fd, 0);
        if (text != MAP_FAILED) {
            check(text, len);
            (void)munmap(text, len + 1);
        }
    }
    pp_report_release(&report);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct pprof_profile *p = size > 4096 ? NULL : make(data, size);
    if (p) {
        draw(p, PP_FORMAT_DOT, check_dot);
        draw(p, PP_FORMAT_SVG, check_svg);
        pprof_profile_free(p);
    }
    return 0;
}
