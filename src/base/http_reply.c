#include "base/http_private.h"

#include "base/date.h"

#include <string.h>

static const struct status_row {
    int status;
    const char *reason;
} status_rows[] = {
    { 200, "OK" },
    { 301, "Moved Permanently" },
    { 307, "Temporary Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 413, "Request Entity Too Large" },
    { 417, "Expectation Failed" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
    { 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
        if (status_rows[i].status == status) {
            return status_rows[i].reason;
        }
    }
    return "Status";
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static void add_date(struct pp_buf *out)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct pp_date date = pp_date_of_ns(pp_sys_wall_ns());
    pp_buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[date.weekday], date.day,
                  months[date.month - 1], date.year, date.hour, date.minute, date.second);
}

static void add_head(struct pp_buf *out, const struct pp_http_reply *reply,
                     const struct pp_http_head *head, bool keep)
{
    pp_buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, reason_of(reply->status));
    if (reply->content_type) {
        pp_buf_printf(out, "Content-Type: %s\r\n", reply->content_type);
    }
    pp_buf_append(out, reply->headers.data, reply->headers.len);
    add_date(out);
    pp_buf_printf(out, "Content-Length: %zu\r\n", reply->body.len);
    if (!keep) {
        pp_buf_str(out, "Connection: close\r\n");
    } else if (head->is_http10) {
        pp_buf_str(out, "Connection: keep-alive\r\n");
    }
    pp_buf_str(out, "\r\n");
}

void pp_http_set_text(struct pp_http_reply *reply, int status, const char *text)
{
    reply->status = status;
    reply->content_type = "text/plain; charset=utf-8";
    pp_buf_reset(&reply->headers);
    pp_buf_reset(&reply->body);
    pp_buf_printf(&reply->body, "%s\n", text);
}

bool pp_http_send_reply(struct pp_http_connection *c, struct pp_http_reply *reply,
                       const struct pp_http_head *head, bool keep)
{
    struct pp_buf out;
    if (reply->headers.err || reply->body.err) {
        pp_http_set_text(reply, 500, "not enough memory for this answer");
    }
    pp_buf_init(&out, &c->arena);
    add_head(&out, reply, head, keep);
    if (out.err) {
        return false;
    }
    bool is_head = head->method && strcmp(head->method, "HEAD") == 0;
    struct iovec parts[2] = { { out.data, out.len },
                              { reply->body.data, is_head ? 0 : reply->body.len } };
    return pp_http_send_parts(c, parts);
}

void pp_http_init_reply(struct pp_http_reply *reply, struct pp_arena *arena)
{
    *reply = (struct pp_http_reply){ .status = 200, .content_type = "text/plain; charset=utf-8" };
    pp_buf_init(&reply->headers, arena);
    pp_buf_init(&reply->body, arena);
}

void pp_http_refuse(struct pp_http_connection *c, int status)
{
    struct pp_http_reply reply;
    struct pp_http_head head = { .method = NULL };
    pp_http_init_reply(&reply, &c->arena);
    pp_http_set_text(&reply, status, reason_of(status));
    pp_http_send_reply(c, &reply, &head, false);
}
