// SPDX-License-Identifier: BSD-3-Clause
/* date: points in time, and where the clock stands that they are read from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "date.h"

#define BAD (-1)

// clang-format off
static const struct {
	const char *text;
	int64_t utc, warsaw, moscow;
} times[] = {
	{ "2026-11-23", 1795392000, 1795392000, 1795392000 },
	{ "2026-11-23T10:00:00Z", 1795428000, 1795428000, 1795428000 },
	{ "2026-11-23T10:00:00+03:00", 1795417200, 1795417200, 1795417200 },
	{ "2026-11-23T10:00:00", 1795428000, 1795424400, 1795417200 },
	{ "2026-11-23 10:00:00.1234567", 1795428000, 1795424400, 1795417200 },
	{ "2026-11-23T10:00:00.5Z", 1795428000, 1795428000, 1795428000 },
	{ "2026-07-01T12:00:00", 1782907200, 1782900000, 1782896400 },
	/* The clock is moved on 29 March 2026 at 2, and back on 25 October at 3. */
	{ "2026-03-29T01:59:59", 1774749599, 1774745999, 1774738799 },
	{ "2026-03-29T03:00:00", 1774753200, 1774746000, 1774742400 },
	{ "2026-10-25T01:59:59", 1792893599, 1792886399, 1792882799 },
	{ "2026-10-25T02:30:00", 1792895400, 1792888200, 1792884600 },
	{ "2026-10-25T03:00:00", 1792897200, 1792893600, 1792886400 },
	{ "2026-11-23T", BAD, BAD, BAD },
	{ "2026-11-23x10:00:00", BAD, BAD, BAD },
	{ "2026-11-23T10:00", BAD, BAD, BAD },
	{ "2026-11-23T24:00:00", BAD, BAD, BAD },
	{ "2026-11-31", BAD, BAD, BAD },
	{ "2026-11-23T10:00:00.", BAD, BAD, BAD },
	{ "2026-11-23T10:00:00 CET", BAD, BAD, BAD },
	{ "23/11/2026", BAD, BAD, BAD },
	{ "", BAD, BAD, BAD },
};
// clang-format on

static int64_t at(const char *text, enum date_place place)
{
	int64_t seconds = 0;

	return date_parse_at(span_of(text), place, &seconds) ? seconds : BAD;
}

static void times_without_a_zone_are_those_of_a_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (at(times[i].text, DATE_UTC) != times[i].utc ||
		    at(times[i].text, DATE_WARSAW) != times[i].warsaw ||
		    at(times[i].text, DATE_MOSCOW) != times[i].moscow)
			fail_msg("'%s': %lld %lld %lld", times[i].text,
				 (long long)at(times[i].text, DATE_UTC),
				 (long long)at(times[i].text, DATE_WARSAW),
				 (long long)at(times[i].text, DATE_MOSCOW));
	}
}

static void a_day_may_come_first(void **state)
{
	int64_t seconds = 0;

	(void)state;
	assert_true(date_parse_day_first(span_of("23/11/2026"), &seconds));
	assert_int_equal(seconds, 1795392000);
	assert_false(date_parse_day_first(span_of("11/23/2026"), &seconds));
	assert_false(date_parse_day_first(span_of("3/11/2026"), &seconds));
	assert_false(date_parse_day_first(span_of("23-11-2026"), &seconds));
	assert_false(date_parse_day_first(span_of(""), &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_without_a_zone_are_those_of_a_place),
		cmocka_unit_test(a_day_may_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
