// SPDX-License-Identifier: BSD-3-Clause
#include "date.h"

#include <time.h>

/* Takes DIGITS digits off *AT and then AFTER (0: nothing). -1 when not there. */
static int number(struct span *at, size_t digits, char after)
{
	int n = 0;

	if (at->len < digits + (after != 0))
		return -1;
	for (size_t i = 0; i < digits; i++) {
		if (at->data[i] < '0' || at->data[i] > '9')
			return -1;
		n = n * 10 + (at->data[i] - '0');
	}
	if (after != 0 && at->data[digits] != (uint8_t)after)
		return -1;
	digits += after != 0;
	*at = (struct span){ at->data + digits, at->len - digits };
	return n;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Z or an offset, as seconds to add to reach UTC. */
static bool zone(struct span at, int64_t *ret_add)
{
	int sign, hours, minutes;

	*ret_add = 0;
	if (at.len == 1)
		return at.data[0] == 'Z' || at.data[0] == 'z';
	if (at.len != 6 || (at.data[0] != '+' && at.data[0] != '-'))
		return false;
	sign = at.data[0] == '+' ? -1 : 1;
	at = (struct span){ at.data + 1, at.len - 1 };
	hours = number(&at, 2, ':');
	minutes = number(&at, 2, 0);
	*ret_add = (int64_t)sign * (hours * 3600 + minutes * 60);
	return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

bool date_parse(struct span text, int64_t *ret_seconds)
{
	int year = number(&text, 4, '-'), month = number(&text, 2, '-'),
	    day = number(&text, 2, 0);
	struct tm tm = { 0 };
	int64_t add = 0;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > days_in(year, month))
		return false;
	if (text.len > 0) {
		if (text.data[0] != 'T' && text.data[0] != 't')
			return false;
		text = (struct span){ text.data + 1, text.len - 1 };
		tm.tm_hour = number(&text, 2, ':');
		tm.tm_min = number(&text, 2, ':');
		tm.tm_sec = number(&text, 2, 0);
		if (tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
		    tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 59 ||
		    !zone(text, &add))
			return false;
	}
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	*ret_seconds = (int64_t)timegm(&tm) + add;
	return *ret_seconds > 0;
}

const char *date_text(char text[static DATE_TEXT], int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (at == 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, DATE_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return NULL;
	return text;
}
