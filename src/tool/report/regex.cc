#include "tool/report/regex.h"

#include <cstdio>
#include <new>
#include <re2/re2.h>
#include <string>

struct pp_regex {
    explicit pp_regex(const char *pattern, const RE2::Options &options) : re(pattern, options)
    {
    }
    RE2 re;
};

enum { MAX_GROUPS = 8 };

/* What went wrong, in the words of Go's regexp package. */
static const char *sentence(RE2::ErrorCode code)
{
    switch (code) {
    case RE2::ErrorBadEscape:
        return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
        return "invalid character class";
    case RE2::ErrorBadCharRange:
        return "invalid character class range";
    case RE2::ErrorMissingBracket:
        return "missing closing ]";
    case RE2::ErrorMissingParen:
        return "missing closing )";
    case RE2::ErrorUnexpectedParen:
        return "unexpected )";
    case RE2::ErrorTrailingBackslash:
        return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
        return "invalid repeat count";
    case RE2::ErrorRepeatOp:
        return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
        return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
        return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
        return "expression too large";
    default:
        return "internal error";
    }
}

/* Go names the whole expression where RE2 names a part of it, or nothing. */
static bool names_whole(RE2::ErrorCode code)
{
    return code == RE2::ErrorMissingParen || code == RE2::ErrorUnexpectedParen ||
           code == RE2::ErrorPatternTooLarge;
}

static int fail(const RE2 &re, const char *pattern, struct pprof_error *error)
{
    if (error) {
        const bool whole = names_whole(re.error_code());
        const char *part = whole ? pattern : re.error_arg().c_str();
        if (re.error_code() == RE2::ErrorTrailingBackslash) {
            part = "";
        }
        error->code = PPROF_ERR_INVALID;
        (void)snprintf(error->detail, sizeof(error->detail), "error parsing regexp: %s: `%s`",
                       sentence(re.error_code()), part);
    }
    return PPROF_ERR_INVALID;
}

/* Newer Go also writes a named group as (?<name>...), which this RE2 only knows as (?P<name>...). */
static std::string with_named_groups(const char *pattern)
{
    std::string out;
    for (const char *p = pattern; *p; p++) {
        if (*p == '\\' && p[1]) {
            out.push_back(*p++);
            out.push_back(*p);
        } else if (p[0] == '(' && p[1] == '?' && p[2] == '<' && p[3] != '=' && p[3] != '!') {
            out += "(?P<";
            p += 2;
        } else {
            out.push_back(*p);
        }
    }
    return out;
}

static struct pp_regex *make(const char *pattern, const RE2::Options &options)
{
    struct pp_regex *made = new (std::nothrow) pp_regex(pattern, options);
    if (!made || made->re.ok() || made->re.error_code() != RE2::ErrorBadPerlOp) {
        return made;
    }
    struct pp_regex *again =
        new (std::nothrow) pp_regex(with_named_groups(pattern).c_str(), options);
    if (again && again->re.ok()) {
        delete made;
        return again;
    }
    delete again;
    return made;
}

int pp_regex_compile(const char *pattern, struct pp_regex **regex, struct pprof_error *error)
{
    RE2::Options options;
    options.set_log_errors(false);
    struct pp_regex *made = make(pattern, options);
    if (!made) {
        return PPROF_ERR_NOMEM;
    }
    if (!made->re.ok()) {
        int r = fail(made->re, pattern, error);
        delete made;
        return r;
    }
    *regex = made;
    return 0;
}

bool pp_regex_match(const struct pp_regex *regex, const char *text, size_t len)
{
    return regex->re.Match(re2::StringPiece(text, len), 0, len, RE2::UNANCHORED, nullptr, 0);
}

bool pp_regex_groups(const struct pp_regex *regex, const char *text, size_t len,
                     struct pp_match *groups, size_t count)
{
    re2::StringPiece found[MAX_GROUPS];
    size_t wanted = count < MAX_GROUPS ? count : static_cast<size_t>(MAX_GROUPS);
    const size_t there = static_cast<size_t>(regex->re.NumberOfCapturingGroups()) + 1;
    const size_t asked = wanted < there ? wanted : there;
    if (!regex->re.Match(re2::StringPiece(text, len), 0, len, RE2::UNANCHORED, found,
                         static_cast<int>(asked))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        groups[i].ptr = i < asked ? found[i].data() : nullptr;
        groups[i].len = i < asked ? found[i].size() : 0;
    }
    return true;
}

void pp_regex_free(struct pp_regex *regex)
{
    delete regex;
}
