#include "tool/symbolize/message.h"

#include <stdarg.h>
#include <stdio.h>

void pp_message(pp_message_fn message, void *ctx, const char *format, ...)
{
    if (!message) {
        return;
    }
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    message(ctx, text);
}
