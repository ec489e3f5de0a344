#include "base/date.h"

enum { DAY_SECONDS = 24 * 60 * 60, DAYS_IN_ERA = 146097, DAYS_BEFORE_1970 = 719468, THURSDAY = 4 };

/* Counted in eras of 400 years that begin in March, so that a leap day is a year's last. */
struct pp_date pp_date_of_ns(int64_t ns)
{
    int64_t seconds = ns / 1000000000, days = seconds / DAY_SECONDS;
    int64_t era = (days + DAYS_BEFORE_1970) / DAYS_IN_ERA;
    int of_era = (int)((days + DAYS_BEFORE_1970) % DAYS_IN_ERA);
    int of_day = (int)(seconds % DAY_SECONDS);
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int from_march = (5 * of_year + 2) / 153;
    int month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (struct pp_date){
        .year = year + (int)era * 400 + (month <= 2),
        .month = month,
        .day = of_year - (153 * from_march + 2) / 5 + 1,
        .weekday = (int)((days + THURSDAY) % 7),
        .hour = of_day / 3600,
        .minute = of_day / 60 % 60,
        .second = of_day % 60,
    };
}
