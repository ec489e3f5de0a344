/* Words for the user on the way: the tool's rooms never print, they hand a line to whoever does. */
#ifndef PP_TOOL_MESSAGE_H
#define PP_TOOL_MESSAGE_H

/* One message without a final newline (it may hold newlines of its own); text is only valid during
 * the call. Calls of one operation never overlap, though they may come from its worker threads. */
typedef void (*pp_message_fn)(void *ctx, const char *text);

/* Formats and hands over; a NULL message is fine. Cut at 2 KiB. */
void pp_message(pp_message_fn message, void *ctx, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
