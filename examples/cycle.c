/* A reference cycle: widgets count who holds them, a parent holds its child and the child holds its
 * parent. The last one outside lets go, both counts stay at 1, and nobody frees the pair.
 *
 *   build/pprof leaks --every=2 -- build/examples/cycle
 *
 * reports widget_new at the line of its malloc, called by open_dialog.
 * usage: cycle [SECONDS]     (60)
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct widget {
    int holders;
    struct widget *parent, *child;
    char title[2000];
};

__attribute__((noinline)) static struct widget *widget_new(const char *title)
{
    struct widget *widget = malloc(sizeof *widget); /* LEAK: each keeps the other alive */
    if (!widget) {
        exit(1);
    }
    *widget = (struct widget){ .holders = 1 };
    snprintf(widget->title, sizeof widget->title, "%s", title);
    return widget;
}

static struct widget *hold(struct widget *widget)
{
    widget->holders++;
    return widget;
}

static void release(struct widget *widget)
{
    if (--widget->holders == 0) {
        if (widget->child) {
            release(widget->child);
        }
        if (widget->parent) {
            release(widget->parent); /* a weak reference would not be counted at all */
        }
        free(widget);
    }
}

__attribute__((noinline)) static void open_dialog(void)
{
    struct widget *dialog = widget_new("dialog"), *button = widget_new("button");
    dialog->child = hold(button);
    button->parent = hold(dialog);
    release(button);
    release(dialog);
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    for (int i = 0; i < seconds * 100; i++) {
        for (int k = 0; k < 5; k++) {
            open_dialog();
        }
        usleep(10000);
    }
    puts("dialogs opened and closed");
    return 0;
}
