// SPDX-License-Identifier: BSD-3-Clause
/* bytes: what is written is read again, and nothing is after the first that does
 * not fit. */
#include "fixture.h"

enum kind { U8, U16, U32, U64, VARUINT };

static void put(struct bytes *b, enum kind kind, uint64_t v)
{
	switch (kind) {
	case U8:
		put_u8(b, (uint8_t)v);
		break;
	case U16:
		put_u16(b, (uint16_t)v);
		break;
	case U32:
		put_u32(b, (uint32_t)v);
		break;
	case U64:
		put_u64(b, v);
		break;
	case VARUINT:
		put_varuint(b, (uint32_t)v);
		break;
	}
}

static uint64_t get(struct bytes *b, enum kind kind)
{
	switch (kind) {
	case U8:
		return get_u8(b);
	case U16:
		return get_u16(b);
	case U32:
		return get_u32(b);
	case U64:
		return get_u64(b);
	case VARUINT:
		return get_varuint(b);
	}
	return 0;
}

// clang-format off
static const struct {
	const char *what;
	enum kind kind;
	uint64_t value;
	const char *hex;
} numbers[] = {
	{ "a u8 is one byte", U8, 0xfe, "fe" },
	{ "a u16 is big-endian", U16, 0x0102, "01 02" },
	{ "a u16 holds its largest value", U16, 0xffff, "ff ff" },
	{ "a u32 is big-endian", U32, 0x01020304, "01 02 03 04" },
	{ "a u32 holds its largest value", U32, UINT32_MAX, "ff ff ff ff" },
	{ "a u64 is big-endian", U64, 0x0102030405060708, "01 02 03 04 05 06 07 08" },
	{ "a u64 holds its largest value", U64, UINT64_MAX, "ff ff ff ff ff ff ff ff" },
	{ "a u64 holds a time before 1970", U64, (uint64_t)-1,
	  "ff ff ff ff ff ff ff ff" },
	{ "a varuint of 0 is one byte", VARUINT, 0, "00" },
	{ "a varuint of 127 is one byte", VARUINT, 127, "7f" },
	{ "a varuint of 128 is two bytes, the low group first", VARUINT, 128, "80 01" },
	{ "a varuint of 300 has its low group first", VARUINT, 300, "ac 02" },
	{ "a varuint of 2^14-1 is two bytes", VARUINT, 16383, "ff 7f" },
	{ "a varuint of 2^14 is three bytes", VARUINT, 16384, "80 80 01" },
	{ "a varuint of 2^21-1 is three bytes", VARUINT, 2097151, "ff ff 7f" },
	{ "a varuint of 2^21 is four bytes", VARUINT, 2097152, "80 80 80 01" },
	{ "a varuint of 2^28-1 is four bytes", VARUINT, 268435455, "ff ff ff 7f" },
	{ "a varuint of 2^28 is five bytes", VARUINT, 268435456, "80 80 80 80 01" },
	{ "a varuint of 2^32-1 is five bytes", VARUINT, UINT32_MAX, "ff ff ff ff 0f" },
};

static const struct {
	const char *what;
	enum kind kind;
	const char *hex;
} bad_numbers[] = {
	{ "no u8 is read from nothing", U8, "" },
	{ "no u16 is read from one byte", U16, "01" },
	{ "no u32 is read from three bytes", U32, "01 02 03" },
	{ "no u64 is read from seven bytes", U64, "01 02 03 04 05 06 07" },
	{ "no varuint is read from nothing", VARUINT, "" },
	{ "a varuint whose last byte is missing is refused", VARUINT, "80" },
	{ "a varuint cut after four bytes is refused", VARUINT, "ff ff ff ff" },
	{ "a varuint of 2^32 is refused", VARUINT, "80 80 80 80 10" },
	{ "a varuint of 35 bits is refused", VARUINT, "ff ff ff ff 7f" },
	{ "a varuint of six bytes is refused", VARUINT, "80 80 80 80 80 01" },
};

static const struct {
	const char *what, *hex, *text; /* no text: it is refused */
} texts[] = {
	{ "a text of nothing is two bytes", "00 00", "" },
	{ "a text is its length and its bytes", "00 03 61 62 63", "abc" },
	{ "what follows a text is not part of it", "00 01 61 62", "a" },
	{ "no text is read from nothing", "", NULL },
	{ "a text without the second byte of its length is refused", "00", NULL },
	{ "a text that is shorter than it says is refused", "00 04 61 62 63", NULL },
	{ "a text of 65535 bytes of which none is there is refused", "ff ff", NULL },
};
// clang-format on

static void numbers_are_read_as_they_were_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(numbers); i++) {
		uint8_t data[16] = { 0 };
		struct bytes out = bytes_over(data, sizeof(data));
		size_t len;

		put(&out, numbers[i].kind, numbers[i].value);
		len = (size_t)(out.at - data);
		check(!out.failed, numbers[i].what);
		check_hex(data, len, numbers[i].hex, numbers[i].what);

		struct bytes in = bytes_from(data, len);

		check(get(&in, numbers[i].kind) == numbers[i].value, numbers[i].what);
		check(!in.failed && bytes_left(&in) == 0, numbers[i].what);
	}
}

static void numbers_that_are_not_whole_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_numbers); i++) {
		struct octets o = octets_of(bad_numbers[i].hex);
		struct bytes in = bytes_from(o.data, o.len);

		check(get(&in, bad_numbers[i].kind) == 0, bad_numbers[i].what);
		check(in.failed, bad_numbers[i].what);
	}
}

static void numbers_that_do_not_fit_are_not_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(numbers); i++) {
		size_t len = octets_of(numbers[i].hex).len;
		uint8_t data[16];
		struct bytes out = bytes_over(data, len - 1);

		memset(data, 0xaa, sizeof(data));
		put(&out, numbers[i].kind, numbers[i].value);
		check(out.failed, numbers[i].what);
		check(data[len - 1] == 0xaa, numbers[i].what);
	}
}

static void texts_are_whole_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct octets o = octets_of(texts[i].hex);
		struct bytes in = bytes_from(o.data, o.len);
		struct span text = get_text(&in);

		check(in.failed == (texts[i].text == NULL), texts[i].what);
		check(span_equal(text, span_of(texts[i].text)), texts[i].what);
	}
}

static void longest_text_has_65535_bytes(void **state)
{
	static uint8_t data[70000], text[65536];
	struct bytes out = bytes_over(data, sizeof(data));

	(void)state;
	put_text(&out, (struct span){ text, 65535 });
	assert_false(out.failed);
	assert_int_equal(out.at - data, 65537);
	out = bytes_over(data, sizeof(data));
	put_text(&out, (struct span){ text, 65536 });
	assert_true(out.failed);
	assert_ptr_equal(out.at, data);
}

static void nothing_is_read_after_the_first_failure(void **state)
{
	static const uint8_t data[] = { 1, 2, 3 };
	struct bytes in = bytes_from(data, sizeof(data));

	(void)state;
	assert_int_equal(get_u8(&in), 1);
	assert_int_equal(get_u32(&in), 0);
	assert_true(in.failed);
	assert_int_equal(bytes_left(&in), 2);
	assert_int_equal(get_u8(&in), 0);
	assert_int_equal(get_u16(&in), 0);
	assert_int_equal(get_u64(&in), 0);
	assert_int_equal(get_varuint(&in), 0);
	assert_null(get_data(&in, 1).data);
	assert_null(get_data(&in, 0).data);
	assert_null(get_text(&in).data);
	assert_int_equal(bytes_left(&in), 2);
}

static void nothing_is_written_after_the_first_failure(void **state)
{
	uint8_t data[3] = { 0 };
	struct bytes out = bytes_over(data, sizeof(data));

	(void)state;
	put_u8(&out, 1);
	put_u32(&out, 0xffffffff);
	assert_true(out.failed);
	put_u8(&out, 2);
	put_u16(&out, 0x0202);
	put_varuint(&out, 2);
	put_data(&out, "\2", 1);
	put_text(&out, (struct span){ NULL, 0 });
	assert_int_equal(bytes_left(&out), 2);
	check_hex(data, 3, "01 00 00", "only what came before is there");
}

static void data_points_into_what_is_read(void **state)
{
	static const uint8_t data[] = { 0, 2, 'a', 'b', 'c' };
	struct bytes in = bytes_from(data, sizeof(data));

	(void)state;
	assert_ptr_equal(get_text(&in).data, data + 2);
	assert_ptr_equal(get_data(&in, 1).data, data + 4);
	assert_int_equal(bytes_left(&in), 0);
	assert_int_equal(get_data(&in, 0).len, 0);
	assert_false(in.failed);
	get_data(&in, SIZE_MAX);
	assert_true(in.failed);
}

static void spans_are_equal_when_their_bytes_are(void **state)
{
	static const struct {
		const char *what, *a, *b;
		bool equal;
	} t[] = {
		{ "the same text is equal", "abc", "abc", true },
		{ "another text is not", "abc", "abd", false },
		{ "case counts", "abc", "Abc", false },
		{ "a longer text is not equal", "abc", "abcd", false },
		{ "nothing equals nothing", "", "", true },
		{ "NULL is a span of nothing", NULL, "", true },
		{ "nothing is not something", NULL, "a", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		check(span_equal(span_of(t[i].a), span_of(t[i].b)) == t[i].equal,
		      t[i].what);
		check(span_equal(span_of(t[i].b), span_of(t[i].a)) == t[i].equal,
		      t[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_as_they_were_written),
		cmocka_unit_test(numbers_that_are_not_whole_are_refused),
		cmocka_unit_test(numbers_that_do_not_fit_are_not_written),
		cmocka_unit_test(texts_are_whole_or_refused),
		cmocka_unit_test(longest_text_has_65535_bytes),
		cmocka_unit_test(nothing_is_read_after_the_first_failure),
		cmocka_unit_test(nothing_is_written_after_the_first_failure),
		cmocka_unit_test(data_points_into_what_is_read),
		cmocka_unit_test(spans_are_equal_when_their_bytes_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
