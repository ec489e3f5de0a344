/* Addresses to listen on: parsing without a resolver (getaddrinfo loads plugins and allocates,
 * which a stranger's process must not suffer), binding, and the URL that clients are told. */
#ifndef PP_BASE_HTTP_ADDRESS_H
#define PP_BASE_HTTP_ADDRESS_H

#include "pprof/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct pp_http_address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } socket;
    socklen_t len;
    bool is_unix;
    bool is_local;   /* unix, or a loopback address */
    bool is_any;     /* every address of the machine */
    dev_t file_dev;  /* of the unix socket's file, so that only our own is removed */
    ino_t file_ino;
};

/* "host:port" with host "", "localhost", "*" or a numeric address ([::1] for IPv6), "unix:/path" or
 * "unix:@abstract". PPROF_ERR_ADDRESS with a sentence. */
int pp_http_address_parse(const char *text, struct pp_http_address *address,
                          struct pprof_error *error) __attribute__((warn_unused_result));

/* A listening, non-blocking, close-on-exec socket in *fd; the address then holds the real port. A
 * unix socket's file is 0600; one that nobody listens on any more is replaced. PPROF_ERR_BUSY when
 * taken, PPROF_ERR_ADDRESS otherwise. `text` is for the sentence. */
int pp_http_listen(const char *text, struct pp_http_address *address, int *fd,
                   struct pprof_error *error) __attribute__((warn_unused_result));

/* "http://127.0.0.1:6060", "http://[::1]:6060" or "unix:/path" into out (at least 160 bytes). */
void pp_http_address_url(const struct pp_http_address *address, char *out, size_t cap);

/* Removes the unix socket's file if it is still the one that was bound. */
void pp_http_address_remove(const struct pp_http_address *address);

/* True when a Host header (port allowed) names this machine's loopback, or the bound address. */
bool pp_http_host_is_ours(const struct pp_http_address *address, const char *host);

#endif
