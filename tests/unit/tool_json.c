/* JSON as the web page writes it and as settings are read. */
#include "tool/web/json.h"

#include <check.h>
#include <math.h>
#include <string.h>

static struct pp_arena arena;
static struct pp_buf out;
static struct pp_json json;

static void setup(void)
{
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
    json = pp_json_on(&out);
}

static void teardown(void)
{
    pp_arena_release(&arena);
}

START_TEST(values_are_separated)
{
    pp_json_open(&json, '{');
    pp_json_put_text(&json, "a", "b");
    pp_json_key(&json, "list");
    pp_json_open(&json, '[');
    pp_json_int(&json, -3);
    pp_json_real(&json, 0.5);
    pp_json_real(&json, NAN);
    pp_json_open(&json, '[');
    pp_json_close(&json, ']');
    pp_json_bool(&json, true);
    pp_json_close(&json, ']');
    pp_json_put_int(&json, "n", 9007199254740993);
    pp_json_close(&json, '}');
    ck_assert_str_eq(out.data, "{\"a\":\"b\",\"list\":[-3,0.5,null,[],true],"
                               "\"n\":9007199254740993}");
}
END_TEST

static const struct {
    const char *text, *plain, *html;
} texts[] = {
    { "a\"b\\c", "\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\"" },
    { "</script>&", "\"</script>&\"", "\"\\u003c/script\\u003e\\u0026\"" },
    { "\n\t\x01", "\"\\n\\u0009\\u0001\"", "\"\\n\\u0009\\u0001\"" },
    { "\xc3\xa9\xe2\x80\xa8\xf0\x9f\x94\xa5", "\"\xc3\xa9\\u2028\xf0\x9f\x94\xa5\"",
      "\"\xc3\xa9\\u2028\xf0\x9f\x94\xa5\"" },
    { "\xff\xc3(\xed\xa0\x80", "\"\\ufffd\\ufffd(\\ufffd\\ufffd\\ufffd\"",
      "\"\\ufffd\\ufffd(\\ufffd\\ufffd\\ufffd\"" },
    { "\xe2\x82", "\"\\ufffd\\ufffd\"", "\"\\ufffd\\ufffd\"" },
};

START_TEST(any_bytes_are_written)
{
    pp_json_text(&json, texts[_i].text);
    ck_assert_str_eq(out.data, texts[_i].plain);
    pp_buf_reset(&out);
    json = (struct pp_json){ .out = &out, .in_html = true };
    pp_json_text(&json, texts[_i].text);
    ck_assert_str_eq(out.data, texts[_i].html);
}
END_TEST

static struct pp_json_value *read_text(const char *text)
{
    return pp_json_read(&arena, text, strlen(text), NULL);
}

START_TEST(what_is_written_is_read)
{
    const struct pp_json_value *v =
        read_text(" {\"configs\": [ {\"name\": \"a\\u00e9\\n\", \"n\": -1.5e3, \"t\": true}, null ],"
                  "\"empty\": {}, \"list\": []} ");
    ck_assert_ptr_nonnull(v);
    const struct pp_json_value *first = pp_json_member(v, "configs")->first;
    ck_assert_str_eq(pp_json_member(first, "name")->text, "a\xc3\xa9\n");
    ck_assert_str_eq(pp_json_member(first, "n")->text, "-1.5e3");
    ck_assert(pp_json_member(first, "t")->truth);
    ck_assert_int_eq(first->next->kind, PP_JSON_NULL);
    ck_assert_ptr_null(first->next->next);
    ck_assert_ptr_null(pp_json_member(v, "absent"));
    ck_assert_ptr_null(pp_json_member(first->next, "x"));
}
END_TEST

static const char *const broken[] = {
    "", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"", "\"\\x\"", "\"\\u12\"", "tru", "1 2",
    "[1", "nul", "\"\n\"", "{\"a\":1,}", "-", "\"\\u0000\"",
};

START_TEST(what_is_broken_is_refused)
{
    struct pprof_error error = { 0 };
    ck_assert_msg(!pp_json_read(&arena, broken[_i], strlen(broken[_i]), &error), "%s", broken[_i]);
    ck_assert_ptr_nonnull(strstr(error.detail, "not JSON at byte"));
}
END_TEST

START_TEST(depth_is_capped)
{
    char text[200];
    memset(text, '[', 40);
    memset(text + 40, ']', 40);
    text[80] = '\0';
    ck_assert_ptr_null(read_text(text));
    text[60] = '\0'; /* 20 of each */
    ck_assert_ptr_nonnull(read_text(text + 20));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("json");
    TCase *tc = tcase_create("json");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, values_are_separated);
    tcase_add_loop_test(tc, any_bytes_are_written, 0, sizeof(texts) / sizeof(texts[0]));
    tcase_add_test(tc, what_is_written_is_read);
    tcase_add_loop_test(tc, what_is_broken_is_refused, 0, sizeof(broken) / sizeof(broken[0]));
    tcase_add_test(tc, depth_is_capped);
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
