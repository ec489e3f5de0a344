#include "tool/driver/progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock; /* guards all of it */
    pthread_cond_t ended;
    pthread_t thread;
    const char *words; /* NULL: nobody waits */
    bool is_shown;
} progress = { .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

static void put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        progress.words = NULL; /* nobody there to see it */
    }
}

static void wipe(void)
{
    if (progress.is_shown) {
        progress.is_shown = false;
        put("\r\033[K");
    }
}

/* Draws once a second until the end. */
static void *draw(void *unused)
{
    struct timespec next;
    (void)unused;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&progress.lock);
    for (int seconds = 1; progress.words; seconds++) {
        next.tv_sec++;
        while (progress.words && pthread_cond_clockwait(&progress.ended, &progress.lock,
                                                        CLOCK_MONOTONIC, &next) == 0) {
        }
        if (progress.words) {
            char line[96];
            (void)snprintf(line, sizeof(line), "\r%.60s: %d s\033[K", progress.words, seconds);
            progress.is_shown = true;
            put(line);
        }
    }
    pthread_mutex_unlock(&progress.lock);
    return NULL;
}

void pp_progress_begin(const char *words)
{
    pthread_mutex_lock(&progress.lock);
    bool waits = progress.words != NULL;
    if (waits || isatty(STDERR_FILENO)) {
        progress.words = words;
    }
    if (!waits && progress.words && pthread_create(&progress.thread, NULL, draw, NULL)) {
        progress.words = NULL;
    }
    pthread_mutex_unlock(&progress.lock);
}

void pp_progress_wipe(void)
{
    pthread_mutex_lock(&progress.lock);
    wipe();
    pthread_mutex_unlock(&progress.lock);
}

void pp_progress_end(void)
{
    pthread_mutex_lock(&progress.lock);
    bool waits = progress.words != NULL;
    progress.words = NULL;
    wipe();
    pthread_cond_signal(&progress.ended);
    pthread_mutex_unlock(&progress.lock);
    if (waits) {
        pthread_join(progress.thread, NULL);
    }
}
