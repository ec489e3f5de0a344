/* A small session server with what real ones have: a leak on its request path, memory that grows
 * and is released again, a thread that waits for ever; and no profiling code.
 *   build/pprof leaks --load build/examples/load -- build/examples/leaky_server
 * names session_open and its line (made at every log-in, never removed), audit_append as temporary
 * (flushed every 5 s), thumbnail_worker as waiting. usage: leaky_server [PORT]     (8642, else
 * any) */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct session { struct session *next; char user[32]; char basket[600]; } *sessions;
static struct record { struct record *next; char text[2000]; } *audit;
static int jobs, listener;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, job_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t job_added = PTHREAD_COND_INITIALIZER;

__attribute__((noinline)) static struct session *session_open(const char *user)
{
    struct session *s = calloc(1, sizeof(*s)); /* LEAK: no log-out ever removes it */
    snprintf(s->user, sizeof(s->user), "%s", user);
    s->next = sessions;
    return sessions = s;
}
__attribute__((noinline)) static void audit_append(const char *user)
{
    struct record *r = malloc(sizeof(*r)); /* TEMPORARY: until the next flush */
    snprintf(r->text, sizeof(r->text), "log-in of %s", user);
    r->next = audit, audit = r;
}
static void *audit_flusher(void *arg)
{
    for (;; sleep(5)) {
        pthread_mutex_lock(&lock);
        for (struct record *next; audit; audit = next) { next = audit->next; free(audit); }
        pthread_mutex_unlock(&lock);
    }
    return arg;
}
static void *thumbnail_worker(void *arg)
{
    pthread_mutex_lock(&job_lock);
    for (; jobs == 0; pthread_cond_wait(&job_added, &job_lock)) {} /* WAITS: nobody adds a job */
    return arg;
}
__attribute__((noinline)) static void handle(int fd, const char *request)
{
    char user[32] = "nobody";
    sscanf(request, "GET /%31[^ ?]", user);
    pthread_mutex_lock(&lock);
    struct session *s = session_open(user);
    audit_append(user);
    pthread_mutex_unlock(&lock);
    dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\nhello %-32s\n", s->user);
}
static void *worker(void *arg)
{
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
        char text[2048];
        for (ssize_t n; (n = read(fd, text, sizeof(text) - 1)) > 0;) {
            text[n] = 0;
            handle(fd, text);
        }
    }
    return arg;
}
int main(int argc, char **argv)
{
    struct sockaddr_in at = { AF_INET,
                              htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 8642)),
                              { htonl(INADDR_LOOPBACK) },
                              { 0 } };
    socklen_t len = sizeof(at);
    pthread_t thread;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    bool bound = bind(listener, (struct sockaddr *)&at, len) == 0;
    if (!bound && argc == 1) {
        at.sin_port = 0;
        bound = bind(listener, (struct sockaddr *)&at, len) == 0;
    }
    if (!bound || listen(listener, 64) != 0) { perror("listen"); return 1; }
    getsockname(listener, (struct sockaddr *)&at, &len);
    fprintf(stderr, "leaky_server: listening on 127.0.0.1:%d\n", ntohs(at.sin_port));
    void *(*const starts[])(void *) = { thumbnail_worker, audit_flusher, worker, worker, worker };
    for (int i = 0; i < 5; i++) { pthread_create(&thread, NULL, starts[i], NULL); }
    worker(NULL);
}
