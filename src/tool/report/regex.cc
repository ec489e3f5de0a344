#include "tool/report/regex.h"

#include "base/utf8.h"

#include <cstdio>
#include <cstring>
#include <new>
#include <re2/re2.h>
#include <string>
#include <vector>

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

/* ---- where Go's syntax is not RE2's ----------------------------------------------------------- */

/* Walks an expression: what stands at `at` is plain syntax, or an escape, or lies in a class or a
 * quotation. */
struct walk {
    explicit walk(const char *pattern) : at(pattern)
    {
    }
    const char *at;
    bool is_quoted = false, is_class = false;

    bool is_escape() const
    {
        return at[0] == '\\' && at[1];
    }
    bool is_named_group() const
    {
        return !is_quoted && !is_class && strncmp(at, "(?<", 3) == 0;
    }
    void next()
    {
        if (is_quoted) {
            is_quoted = strncmp(at, "\\E", 2) != 0;
            at += is_quoted ? 1 : 2;
        } else if (is_escape()) {
            is_quoted = at[1] == 'Q';
            at += 2;
        } else if (is_class) {
            is_class = *at != ']';
            at++;
        } else if (*at == '[') {
            is_class = true;
            at += at[1] == '^' ? 2 : 1;
            at += *at == ']'; /* the first one is a member */
        } else {
            at++;
        }
    }
};

/* \C, any byte, is RE2's but not Go's: strings there are UTF-8. */
static bool asks_for_bytes(const char *pattern)
{
    for (walk w(pattern); *w.at; w.next()) {
        if (!w.is_quoted && w.is_escape() && w.at[1] == 'C') {
            return true;
        }
    }
    return false;
}

/* Newer Go also writes a named group as (?<name>...), which this RE2 only knows as (?P<name>...).
 * origin: where each byte of the result stood, and where the pattern ends. */
static std::string with_named_groups(const char *pattern, std::vector<size_t> *origin)
{
    std::string out;
    for (walk w(pattern); *w.at;) {
        const char *from = w.at;
        const bool is_named = w.is_named_group();
        w.next();
        for (const char *p = from; p < w.at; p++) {
            out.push_back(*p);
            origin->push_back(static_cast<size_t>(p - pattern));
        }
        if (is_named) {
            out += "?P";
            origin->insert(origin->end(), 2, static_cast<size_t>(w.at - pattern));
            w.next();
        }
    }
    origin->push_back(strlen(pattern));
    return out;
}

/* ---- errors ----------------------------------------------------------------------------------- */

static int refuse(RE2::ErrorCode code, const std::string &part, struct pprof_error *error)
{
    if (error) {
        error->code = PPROF_ERR_INVALID;
        (void)snprintf(error->detail, sizeof(error->detail), "error parsing regexp: %s: `%s`",
                       sentence(code), part.c_str());
    }
    return PPROF_ERR_INVALID;
}

/* Go counts a repetition's size before it looks what it repeats, and leaves out a lazy mark. */
static bool has_bad_size(const std::string &part, std::string *repetition)
{
    const size_t from = part.rfind('{'), end = part.rfind('}');
    if (from == std::string::npos || end == std::string::npos || end < from) {
        return false;
    }
    *repetition = part.substr(from, end + 1 - from);
    const std::string expression = "a" + *repetition;
    RE2::Options quiet;
    quiet.set_log_errors(false);
    return RE2(expression, quiet).error_code() == RE2::ErrorRepeatSize;
}

/* part: what RE2 blames, as the pattern has it. */
static int fail(RE2::ErrorCode code, const std::string &part, const char *pattern,
                struct pprof_error *error)
{
    std::string repetition;
    if (code == RE2::ErrorTrailingBackslash) {
        return refuse(code, "", error);
    }
    if ((code == RE2::ErrorRepeatOp || code == RE2::ErrorRepeatSize) &&
        has_bad_size(part, &repetition)) {
        return refuse(RE2::ErrorRepeatSize, repetition, error);
    }
    return refuse(code, names_whole(code) ? pattern : part, error);
}

/* ---- making one ------------------------------------------------------------------------------- */

static struct pp_regex *make(const char *pattern)
{
    RE2::Options options;
    options.set_log_errors(false);
    return new (std::nothrow) pp_regex(pattern, options);
}

/* The same, with what RE2 blames if it is wrong. */
static struct pp_regex *make_named(const char *pattern, std::string *part)
{
    std::vector<size_t> origin;
    const std::string text = with_named_groups(pattern, &origin);
    struct pp_regex *made = make(text.c_str());
    const size_t at = made ? text.find(made->re.error_arg()) : std::string::npos;
    if (at != std::string::npos) {
        const size_t end = origin[at + made->re.error_arg().size()];
        *part = std::string(pattern + origin[at], pattern + end);
    }
    return made;
}

int pp_regex_compile(const char *pattern, struct pp_regex **regex, struct pprof_error *error)
{
    std::string part;
    struct pp_regex *made = make_named(pattern, &part);
    if (!made) {
        return PPROF_ERR_NOMEM;
    }
    const RE2::ErrorCode code = made->re.error_code();
    if (code == RE2::NoError && !asks_for_bytes(pattern)) {
        *regex = made;
        return 0;
    }
    delete made;
    return code == RE2::NoError ? refuse(RE2::ErrorBadEscape, "\\C", error)
                                : fail(code, part, pattern, error);
}

static bool is_found(const struct pp_regex *regex, const char *text, size_t len)
{
    return regex->re.Match(re2::StringPiece(text, len), 0, len, RE2::UNANCHORED, nullptr, 0);
}

/* Bytes that are no UTF-8 are characters for Go, U+FFFD each, and nothing at all for RE2. */
static bool is_found_mended(const struct pp_regex *regex, const char *text, size_t len)
{
    std::string mended;
    for (size_t i = 0, n; i < len; i += n) {
        n = pp_utf8_length(text + i, len - i);
        mended.append(n ? text + i : "\xef\xbf\xbd", n ? n : 3);
        n += n == 0;
    }
    return is_found(regex, mended.data(), mended.size());
}

bool pp_regex_match(const struct pp_regex *regex, const char *text, size_t len)
{
    return pp_utf8_is_valid(text, len) ? is_found(regex, text, len)
                                       : is_found_mended(regex, text, len);
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
