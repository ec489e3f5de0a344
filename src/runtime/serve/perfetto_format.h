/* Field numbers and constants of the trace format: perfetto's protos/perfetto/trace, as of 2025. */
#ifndef PP_SERVE_PERFETTO_FORMAT_H
#define PP_SERVE_PERFETTO_FORMAT_H

enum { PACKET = 1 }; /* Trace */
enum {               /* TracePacket */
    CLOCK_SNAPSHOT = 6,
    TIMESTAMP = 8,
    SEQUENCE_ID = 10,
    TRACK_EVENT = 11,
    INTERNED_DATA = 12,
    SEQUENCE_FLAGS = 13,
    CLOCK_ID = 58,
    PACKET_DEFAULTS = 59,
    TRACK_DESCRIPTOR = 60,
};
enum { STATE_CLEARED = 1, NEEDS_STATE = 2 };                           /* SequenceFlags */
enum { CLOCKS = 1, PRIMARY_CLOCK = 2, CLOCK_KIND = 1, CLOCK_TIME = 2 }; /* ClockSnapshot */
enum { REALTIME = 1, MONOTONIC = 3, BOOTTIME = 6 };                    /* BuiltinClock */
enum {                                                                 /* TrackDescriptor */
    UUID = 1,
    TRACK_NAME = 2,
    PROCESS = 3,
    THREAD = 4,
    PARENT_UUID = 5,
    COUNTER = 8,
};
enum { PROCESS_PID = 1, PROCESS_NAME = 6, THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum { COUNTER_UNIT = 3, UNIT_TIME_NS = 1, UNIT_BYTES = 3 };
enum { /* TrackEvent */
    ANNOTATIONS = 4,
    EVENT_TYPE = 9,
    NAME_IID = 10,
    TRACK_UUID = 11,
    COUNTER_VALUE = 30,
    FLOW_IDS = 47,
    END_FLOW_IDS = 48,
};
enum { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3, COUNTER_EVENT = 4 };
enum { ANNOTATION_NAME = 10, UINT_VALUE = 3, STRING_VALUE = 6, STRING_IID = 17 };
enum { EVENT_NAMES = 2, STRING_VALUES = 29, IID = 1, INTERNED_TEXT = 2 }; /* InternedData */

#endif
