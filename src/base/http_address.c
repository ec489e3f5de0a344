#include "base/http_address.h"

#include "base/err.h"
#include "base/sys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool v4_is_loopback(struct in_addr address)
{
    return (ntohl(address.s_addr) >> 24) == 127;
}

static bool v6_is_loopback(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

static bool parse_port(const char *text, in_port_t *port)
{
    unsigned value = 0;
    if (!*text || strlen(text) > 5) {
        return false;
    }
    for (; *text; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = htons((in_port_t)value);
    return value <= 65535;
}

static void set_v4(struct pp_http_address *address, struct in_addr host, in_port_t port)
{
    address->socket.in =
        (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port, .sin_addr = host };
    address->len = sizeof(address->socket.in);
    address->is_local = v4_is_loopback(host);
    address->is_any = host.s_addr == INADDR_ANY;
}

static void set_v6(struct pp_http_address *address, const struct in6_addr *host, in_port_t port)
{
    address->socket.in6 =
        (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = *host };
    address->len = sizeof(address->socket.in6);
    address->is_local = v6_is_loopback(host);
    address->is_any = IN6_IS_ADDR_UNSPECIFIED(host);
}

static int parse_unix(const char *text, const char *path, struct pp_http_address *address,
                      struct pprof_error *error)
{
    size_t len = strlen(path);
    if (len < 2 || len >= sizeof(address->socket.un.sun_path)) {
        return pp_err_set(error, PPROF_ERR_ADDRESS,
                          "\"%.200s\": the path of a unix socket has 2 to %zu characters", text,
                          sizeof(address->socket.un.sun_path) - 1);
    }
    address->is_unix = true;
    address->is_local = true;
    address->socket.un.sun_family = AF_UNIX;
    memcpy(address->socket.un.sun_path, path, len);
    address->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    if (path[0] == '@') {
        address->socket.un.sun_path[0] = '\0';
        address->len--;
    }
    return 0;
}

static bool parse_host(const char *host, in_port_t port, struct pp_http_address *address)
{
    struct in_addr v4 = { htonl(INADDR_LOOPBACK) };
    struct in6_addr v6;
    if (!*host || strcasecmp(host, "localhost") == 0 || inet_pton(AF_INET, host, &v4) == 1) {
        set_v4(address, v4, port);
        return true;
    }
    if (strcmp(host, "*") == 0) {
        v4.s_addr = INADDR_ANY;
        set_v4(address, v4, port);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6) == 1) {
        set_v6(address, &v6, port);
        return true;
    }
    return false;
}

/* Splits "host:port" or "[host]:port" into host (copied) and port; NULL when neither. */
static const char *split_port(const char *text, char *host, size_t cap)
{
    const char *colon = strrchr(text, ':');
    const char *begin = text;
    const char *end = colon;
    if (!colon) {
        return NULL;
    }
    if (*text == '[') {
        begin = text + 1;
        end = colon - 1;
        if (end < begin || *end != ']') {
            return NULL;
        }
    } else if (memchr(text, ':', (size_t)(colon - text))) {
        return NULL;
    }
    size_t len = (size_t)(end - begin);
    if (len >= cap) {
        return NULL;
    }
    memcpy(host, begin, len);
    host[len] = '\0';
    return colon + 1;
}

int pp_http_address_parse(const char *text, struct pp_http_address *address,
                          struct pprof_error *error)
{
    struct pp_http_address parsed = { .len = 0 };
    char host[64];
    in_port_t port = 0;
    if (strncmp(text, "unix:", 5) == 0) {
        int failed = parse_unix(text, text + 5, &parsed, error);
        if (!failed) {
            *address = parsed;
        }
        return failed;
    }
    const char *port_text = split_port(text, host, sizeof(host));
    if (!port_text || !parse_port(port_text, &port)) {
        return pp_err_set(error, PPROF_ERR_ADDRESS,
                          "cannot read the address \"%.200s\"; write HOST:PORT, such as "
                          "localhost:6060 or [::1]:6060, or unix:/PATH",
                          text);
    }
    if (!parse_host(host, port, &parsed)) {
        return pp_err_set(error, PPROF_ERR_ADDRESS,
                          "cannot use the host in \"%.200s\"; only localhost and numeric "
                          "addresses are understood",
                          text);
    }
    *address = parsed;
    return 0;
}

static int new_socket(const struct pp_http_address *address)
{
    return (int)pp_sys_call(SYS_socket, address->socket.any.sa_family,
                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0, 0);
}

/* True when the unix socket's file is a socket that refuses connections: its owner is gone. */
static bool is_stale(const struct pp_http_address *address)
{
    struct stat st;
    const char *path = address->socket.un.sun_path;
    if (!address->is_unix || !path[0] || lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
        return false;
    }
    int fd = new_socket(address);
    if (fd < 0) {
        return false;
    }
    long result = pp_sys_call(SYS_connect, fd, (long)&address->socket, address->len, 0, 0, 0);
    pp_sys_close(fd);
    return result == -ECONNREFUSED;
}

static int bind_once(int fd, const struct pp_http_address *address)
{
    return (int)pp_sys_call(SYS_bind, fd, (long)&address->socket, address->len, 0, 0, 0);
}

static int prepare(int fd, const struct pp_http_address *address)
{
    int one = 1;
    if (address->is_unix) {
        /* The mode that the file gets when bound: no moment at which others could connect. */
        return (int)pp_sys_call(SYS_fchmod, fd, 0600, 0, 0, 0, 0);
    }
    if (address->socket.any.sa_family == AF_INET6) {
        pp_sys_call(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, (long)&one, sizeof(one), 0);
    }
    return (int)pp_sys_call(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof(one),
                            0);
}

static int bind_socket(int fd, const struct pp_http_address *address)
{
    int result = prepare(fd, address);
    if (result < 0) {
        return result;
    }
    result = bind_once(fd, address);
    if (result == -EADDRINUSE && is_stale(address)) {
        unlink(address->socket.un.sun_path);
        result = bind_once(fd, address);
    }
    return result < 0 ? result : (int)pp_sys_call(SYS_listen, fd, 64, 0, 0, 0, 0);
}

static void learn_bound(int fd, struct pp_http_address *address)
{
    struct stat st;
    socklen_t len = sizeof(address->socket);
    if (!address->is_unix) {
        (void)pp_sys_call(SYS_getsockname, fd, (long)&address->socket, (long)&len, 0, 0, 0);
    } else if (address->socket.un.sun_path[0] && lstat(address->socket.un.sun_path, &st) == 0) {
        address->file_dev = st.st_dev;
        address->file_ino = st.st_ino;
    }
}

int pp_http_listen(const char *text, struct pp_http_address *address, int *fd,
                   struct pprof_error *error)
{
    int made = new_socket(address);
    if (made < 0) {
        return pp_err_errno(error, PPROF_ERR_ADDRESS, -made, "cannot make a socket for \"%.200s\"",
                            text);
    }
    int result = bind_socket(made, address);
    if (result < 0) {
        pp_sys_close(made);
        if (result == -EADDRINUSE) {
            return pp_err_set(error, PPROF_ERR_BUSY,
                              "the address %.200s is in use by another program or server; choose "
                              "another, or port 0 for a free one",
                              text);
        }
        return pp_err_errno(error, PPROF_ERR_ADDRESS, -result, "cannot listen on %.200s", text);
    }
    learn_bound(made, address);
    *fd = made;
    return 0;
}

static unsigned port_of(const struct pp_http_address *address)
{
    return ntohs(address->socket.any.sa_family == AF_INET6 ? address->socket.in6.sin6_port
                                                           : address->socket.in.sin_port);
}

static void host_text(const struct pp_http_address *address, char *out, socklen_t cap)
{
    const void *raw = address->socket.any.sa_family == AF_INET6
                          ? (const void *)&address->socket.in6.sin6_addr
                          : (const void *)&address->socket.in.sin_addr;
    if (!inet_ntop(address->socket.any.sa_family, raw, out, cap)) {
        out[0] = '\0';
    }
}

void pp_http_address_url(const struct pp_http_address *address, char *out, size_t cap)
{
    char host[INET6_ADDRSTRLEN];
    if (address->is_unix) {
        const char *path = address->socket.un.sun_path;
        int len = (int)(address->len - offsetof(struct sockaddr_un, sun_path));
        (void)snprintf(out, cap, path[0] ? "unix:%.*s" : "unix:@%.*s", path[0] ? len : len - 1,
                       path[0] ? path : path + 1);
        return;
    }
    host_text(address, host, sizeof(host));
    bool six = address->socket.any.sa_family == AF_INET6;
    (void)snprintf(out, cap, six ? "http://[%s]:%u" : "http://%s:%u", host, port_of(address));
}

void pp_http_address_remove(const struct pp_http_address *address)
{
    struct stat st;
    const char *path = address->socket.un.sun_path;
    if (address->is_unix && path[0] && address->file_ino && lstat(path, &st) == 0 &&
        st.st_dev == address->file_dev && st.st_ino == address->file_ino) {
        unlink(path);
    }
}

/* The host of a Host header without port and brackets. */
static bool bare_host(const char *header, char *out, size_t cap)
{
    const char *begin = header;
    const char *end = strchr(header, ':');
    if (*header == '[') {
        begin = header + 1;
        end = strchr(begin, ']');
        if (!end || (end[1] && end[1] != ':')) {
            return false;
        }
    }
    size_t len = end ? (size_t)(end - begin) : strlen(begin);
    if (len == 0 || len >= cap) {
        return false;
    }
    memcpy(out, begin, len);
    out[len] = '\0';
    return true;
}

static bool is_localhost(const char *host)
{
    static const char suffix[] = ".localhost";
    size_t len = strlen(host);
    return strcasecmp(host, "localhost") == 0 ||
           (len > sizeof(suffix) - 1 && strcasecmp(host + len - (sizeof(suffix) - 1), suffix) == 0);
}

bool pp_http_host_is_ours(const struct pp_http_address *address, const char *header)
{
    char host[128];
    struct in_addr v4;
    struct in6_addr v6;
    if (address->is_unix) {
        return true; /* no web page can be led to a unix socket */
    }
    if (!bare_host(header, host, sizeof(host))) {
        return false;
    }
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return address->is_any || v4_is_loopback(v4) ||
               (address->socket.any.sa_family == AF_INET &&
                v4.s_addr == address->socket.in.sin_addr.s_addr);
    }
    if (inet_pton(AF_INET6, host, &v6) == 1) {
        return address->is_any || v6_is_loopback(&v6) ||
               (address->socket.any.sa_family == AF_INET6 &&
                IN6_ARE_ADDR_EQUAL(&v6, &address->socket.in6.sin6_addr));
    }
    return is_localhost(host);
}
