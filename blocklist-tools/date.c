// SPDX-License-Identifier: BSD-3-Clause
#include "date.h"

#include <string.h>
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

/* A day that is there; takes it off *TEXT. */
static bool day(struct span *text, struct tm *tm)
{
	int year = number(text, 4, '-'), month = number(text, 2, '-'),
	    mday = number(text, 2, 0);

	if (year < 1970 || month < 1 || month > 12 || mday < 1 ||
	    mday > days_in(year, month))
		return false;
	*tm = (struct tm){
		.tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = mday,
	};
	return true;
}

/* What follows the T, without a zone; takes it off *TEXT. */
static bool clock_time(struct span *text, struct tm *tm)
{
	tm->tm_hour = number(text, 2, ':');
	tm->tm_min = number(text, 2, ':');
	tm->tm_sec = number(text, 2, 0);
	return tm->tm_hour >= 0 && tm->tm_hour <= 23 && tm->tm_min >= 0 &&
	       tm->tm_min <= 59 && tm->tm_sec >= 0 && tm->tm_sec <= 59;
}

bool date_parse(struct span text, int64_t *ret_seconds)
{
	struct tm tm;
	int64_t add = 0;

	if (!day(&text, &tm))
		return false;
	if (text.len > 0) {
		if (text.data[0] != 'T' && text.data[0] != 't')
			return false;
		text = (struct span){ text.data + 1, text.len - 1 };
		if (!clock_time(&text, &tm) || !zone(text, &add))
			return false;
	}
	*ret_seconds = (int64_t)timegm(&tm) + add;
	return *ret_seconds > 0;
}

/* The last Sunday of MONTH (from 0) in the year of TM, at HOUR. */
static int64_t last_sunday(const struct tm *tm, int month, int hour)
{
	struct tm last = { .tm_year = tm->tm_year, .tm_mon = month, .tm_mday = 31 };
	int64_t midnight = (int64_t)timegm(&last);

	return midnight - last.tm_wday * 86400 + hour * 3600;
}

/* What is to be added to the clock of PLACE, which shows TM, to reach UTC. */
static int64_t place_add(enum date_place place, const struct tm *tm)
{
	struct tm copy = *tm;
	int64_t shown = (int64_t)timegm(&copy);

	switch (place) {
	case DATE_UTC:
		return 0;
	case DATE_WARSAW:
		return shown >= last_sunday(tm, 2, 2) && shown < last_sunday(tm, 9, 3)
			       ? -7200
			       : -3600;
	case DATE_MOSCOW:
		return -3 * 3600;
	}
	return 0;
}

static void skip_fraction(struct span *text)
{
	size_t n = 1;

	if (text->len < 2 || text->data[0] != '.')
		return;
	while (n < text->len && text->data[n] >= '0' && text->data[n] <= '9')
		n++;
	*text = (struct span){ text->data + n, text->len - n };
}

bool date_parse_at(struct span text, enum date_place place, int64_t *ret_seconds)
{
	struct tm tm;
	int64_t add;

	if (!day(&text, &tm))
		return false;
	if (text.len == 0) {
		*ret_seconds = (int64_t)timegm(&tm);
		return *ret_seconds > 0;
	}
	if (text.data[0] != 'T' && text.data[0] != ' ')
		return false;
	text = (struct span){ text.data + 1, text.len - 1 };
	if (!clock_time(&text, &tm))
		return false;
	skip_fraction(&text);
	if (text.len == 0)
		add = place_add(place, &tm);
	else if (!zone(text, &add))
		return false;
	*ret_seconds = (int64_t)timegm(&tm) + add;
	return *ret_seconds > 0;
}

bool date_parse_day_first(struct span text, int64_t *ret_seconds)
{
	char iso[10];

	if (text.len != 10 || text.data[2] != '/' || text.data[5] != '/')
		return false;
	memcpy(iso, text.data + 6, 4);
	iso[4] = iso[7] = '-';
	memcpy(iso + 5, text.data + 3, 2);
	memcpy(iso + 8, text.data, 2);
	return date_parse((struct span){ (const uint8_t *)iso, sizeof(iso) },
			  ret_seconds);
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
