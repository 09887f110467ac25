// SPDX-License-Identifier: BSD-3-Clause
/* state: a resolver's counters beside the store, from its start to its end. */
#include <signal.h>
#include <sys/file.h>

#include "scratch.h"
#include "state.h"

static int make_directory(void **state)
{
	return scratch_make(state) == 0 && mkdir(scratch_store, 0700) == 0 ? 0 : -1;
}

/* The path of a process's Nth state. */
static const char *state_path(pid_t pid, unsigned n)
{
	char name[64];

	snprintf(name, sizeof(name), "resolver.%ld.%u", (long)pid, n);
	return scratch_file(name);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void attach(struct state *s, unsigned threads)
{
	struct err e = { 0 };

	if (state_init(s, threads, &e) != 0 || state_attach(s, scratch_store, &e) != 0)
		fail_msg("%s", e.text);
}

/* What state_each() showed. */
struct shown {
	unsigned count;
	uint64_t queries;
	int64_t pids[8];
};

static void show(void *arg, const struct state_file *file)
{
	struct shown *s = arg;

	s->pids[s->count++] = file->pid;
	for (uint32_t i = 0; i < file->threads; i++)
		s->queries += file->thread[i].queries;
}

static struct shown show_all(void)
{
	struct shown s = { 0 };
	int count = state_each(scratch_store, show, &s, NULL);

	assert_int_equal(count, s.count);
	return s;
}

static void state_in_memory_is_empty(void **state)
{
	AUTO(state) s = { 0 };

	(void)state;
	assert_int_equal(state_init(&s, 3, NULL), 0);
	assert_int_equal(s.fd, -1);
	assert_memory_equal(s.file->magic, "palangst", 8);
	assert_int_equal(s.file->format, STATE_FORMAT);
	assert_int_equal(s.file->threads, 3);
	assert_int_equal(s.file->pid, getpid());
	assert_true(s.file->started > 1600000000);
	assert_int_equal(s.file->store, STORE_ABSENT);
	assert_int_equal(s.file->on_error, 0);
	assert_int_equal(s.file->serial, 0);
	/* Up to its end it is there, and zero. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(s.file->thread[i].queries, 0);
		assert_int_equal(s.file->thread[i].top[STATE_TOP - 1].hits, 0);
	}
	assert_int_equal(show_all().count, 0);
}

static void released_state_can_be_released_again(void **state)
{
	struct state s = { .fd = -1 };

	(void)state;
	state_release(&s);
	attach(&s, 1);
	state_release(&s);
	assert_null(s.file);
	assert_int_equal(s.fd, -1);
	state_release(&s);
}

static void attached_state_takes_its_counters_along(void **state)
{
	AUTO(state) s = { 0 };
	struct shown shown;

	(void)state;
	assert_int_equal(state_init(&s, 2, NULL), 0);
	for (int i = 0; i < 5; i++)
		count(&s.file->thread[1].queries);
	assert_int_equal(state_attach(&s, scratch_store, NULL), 0);
	assert_string_equal(s.path, state_path(getpid(), 0));
	assert_int_equal(s.file->thread[1].queries, 5);
	count(&s.file->thread[0].queries);
	shown = show_all();
	assert_int_equal(shown.count, 1);
	assert_int_equal(shown.pids[0], getpid());
	assert_int_equal(shown.queries, 6);
}

static void state_file_is_whole_on_disk(void **state)
{
	AUTO(state) s = { 0 };
	struct stat st;

	(void)state;
	attach(&s, 4);
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_size, s.size);
	assert_true(s.size >=
		    sizeof(struct state_file) + 4 * sizeof(struct state_thread));
	/* No hole: a write through the map cannot fail for want of space. */
	assert_true((size_t)st.st_blocks * 512 >= s.size);
	assert_int_equal(st.st_mode & 0777 & ~0640, 0);
}

static void state_goes_on_after_a_reload(void **state)
{
	struct state s;
	int64_t started;

	(void)state;
	attach(&s, 2);
	s.file->started = started = s.file->started - 1000;
	s.file->serial = 7;
	atomic_store(&s.file->on_error, 1);
	for (int i = 0; i < 3; i++)
		count(&s.file->thread[0].queries);
	state_release(&s);
	assert_int_equal(show_all().count, 0);
	attach(&s, 2);
	assert_string_equal(s.path, state_path(getpid(), 0));
	assert_int_equal(s.file->started, started);
	assert_int_equal(s.file->serial, 7);
	assert_int_equal(s.file->on_error, 1);
	count(&s.file->thread[0].queries);
	assert_int_equal(s.file->thread[0].queries, 4);
	assert_int_equal(show_all().queries, 4);
	state_release(&s);
}

static void state_of_other_threads_begins_anew(void **state)
{
	struct state s;

	(void)state;
	attach(&s, 2);
	count(&s.file->thread[0].queries);
	state_release(&s);
	attach(&s, 3);
	assert_int_equal(s.file->threads, 3);
	assert_int_equal(s.file->thread[0].queries, 0);
	assert_int_equal(show_all().count, 1);
	assert_false(exists(state_path(getpid(), 1)));
	state_release(&s);
}

/* A file where this process's state would go. */
static void put_own(const void *data, size_t len)
{
	content_write(state_path(getpid(), 0), data, len);
}

static void own_file_that_is_no_state_is_written_anew(void **state)
{
	static const struct {
		const char *what;
		size_t at;      /* of a byte that is another one */
		long cut, grow; /* bytes off the end, or at it */
	} t[] = {
		{ "another magic is no state", 0, 0, 0 },
		{ "another format is no state", 8, 0, 0 },
		{ "another number of threads is no state", 12, 0, 0 },
		{ "another process is no state of this one", 16, 0, 0 },
		{ "a cut file is no state", 0, 1, 0 },
		{ "a file of less than a head is no state", 0, 100000000, 0 },
		{ "a longer file is no state", 0, 0, 4096 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct content c;
		struct state s;

		attach(&s, 1);
		count(&s.file->thread[0].queries);
		state_release(&s);
		c = content_of(state_path(getpid(), 0));
		if (t[i].cut == 0 && t[i].grow == 0)
			c.data[t[i].at] ^= 1;
		c.len = (size_t)t[i].cut > c.len ? 10 : c.len - (size_t)t[i].cut;
		c.data = realloc(c.data, c.len + (size_t)t[i].grow);
		memset(c.data + c.len, 0, (size_t)t[i].grow);
		c.len += (size_t)t[i].grow;
		put_own(c.data, c.len);
		content_release(&c);
		attach(&s, 1);
		check(s.file->thread[0].queries == 0, t[i].what);
		check(s.file->pid == getpid() && s.file->threads == 1, t[i].what);
		check(show_all().count == 1, t[i].what);
		state_release(&s);
		assert_int_equal(unlink(state_path(getpid(), 0)), 0);
	}
}

/* A resolver in a process of its own: attaches, says so, and ends when it is told
 * to. */
struct resolver {
	pid_t pid;
	int to_end, ready;
};

/* It waits for a byte of GO, unless that is -1. */
static struct resolver fork_resolver(uint32_t on_error, int go)
{
	int ready[2], end[2];
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct state s = { 0 };

		close(end[1]);
		alarm(60);
		if (go >= 0)
			await(go);
		attach(&s, 1);
		atomic_store(&s.file->on_error, on_error);
		for (int i = 0; i < 10; i++)
			count(&s.file->thread[0].queries);
		tell(ready[1]);
		await(end[0]);
		state_release(&s);
		_exit(0);
	}
	close(ready[1]);
	close(end[0]);
	return (struct resolver){ pid, end[1], ready[0] };
}

static void await_resolver(struct resolver *r)
{
	assert_true(await(r->ready));
	close(r->ready);
}

static struct resolver start_resolver(uint32_t on_error)
{
	struct resolver r = fork_resolver(on_error, -1);

	await_resolver(&r);
	return r;
}

static void end_resolver(struct resolver r)
{
	tell(r.to_end);
	close(r.to_end);
	assert_int_equal(child_status(r.pid), 0);
}

static void kill_resolver(struct resolver r)
{
	assert_int_equal(kill(r.pid, SIGKILL), 0);
	close(r.to_end);
	assert_int_equal(child_status(r.pid), 128 + SIGKILL);
}

static void two_resolvers_are_both_shown(void **state)
{
	struct resolver one = start_resolver(0), two = start_resolver(0);
	AUTO(state) s = { 0 };
	struct shown shown = show_all();

	(void)state;
	assert_int_equal(shown.count, 2);
	assert_int_equal(shown.queries, 20);
	assert_int_equal(shown.pids[0] + shown.pids[1], one.pid + two.pid);
	attach(&s, 1);
	assert_int_equal(show_all().count, 3);
	end_resolver(one);
	shown = show_all();
	assert_int_equal(shown.count, 2);
	assert_int_equal(shown.queries, 10);
	kill_resolver(two);
	assert_int_equal(show_all().count, 1);
}

static void two_states_of_one_process_have_files_of_their_own(void **state)
{
	struct state one, two;

	(void)state;
	attach(&one, 1);
	attach(&two, 1);
	assert_string_equal(one.path, state_path(getpid(), 0));
	assert_string_equal(two.path, state_path(getpid(), 1));
	count(&one.file->thread[0].queries);
	assert_int_equal(two.file->thread[0].queries, 0);
	assert_int_equal(show_all().count, 2);
	state_release(&one);
	assert_int_equal(show_all().count, 1);
	state_release(&two);
}

/* Each of them looks for stale files while the others make theirs. */
static void resolvers_that_start_at_once_are_all_shown(void **state)
{
	(void)state;
	for (int round = 0; round < 100; round++) {
		struct resolver r[8];
		int go[2];

		assert_int_equal(pipe2(go, O_CLOEXEC), 0);
		for (size_t i = 0; i < ROWS(r); i++)
			r[i] = fork_resolver(0, go[0]);
		for (size_t i = 0; i < ROWS(r); i++)
			tell(go[1]);
		for (size_t i = 0; i < ROWS(r); i++)
			await_resolver(&r[i]);
		assert_int_equal(show_all().count, ROWS(r));
		for (size_t i = 0; i < ROWS(r); i++)
			kill_resolver(r[i]);
		close(go[0]);
		close(go[1]);
	}
}

static void files_of_resolvers_that_are_gone_are_removed(void **state)
{
	struct resolver alive = start_resolver(0), ended = start_resolver(0);
	struct resolver killed = start_resolver(0);
	AUTO(state) s = { 0 };

	(void)state;
	end_resolver(ended);
	kill_resolver(killed);
	content_write(scratch_file("resolver.notes"), "x", 1);
	content_write(scratch_file("resolver.empty"), "", 0);
	content_write(scratch_file("resolve"), "x", 1);
	content_write(scratch_file("data.mdb"), "x", 1);
	assert_int_equal(symlink("data.mdb", scratch_file("resolver.link")), 0);
	assert_true(exists(state_path(ended.pid, 0)));
	assert_true(exists(state_path(killed.pid, 0)));
	attach(&s, 1);
	assert_false(exists(state_path(ended.pid, 0)));
	assert_false(exists(state_path(killed.pid, 0)));
	assert_false(exists(scratch_file("resolver.notes")));
	assert_false(exists(scratch_file("resolver.empty")));
	assert_true(exists(state_path(alive.pid, 0)));
	assert_true(exists(scratch_file("resolve")));
	assert_true(exists(scratch_file("data.mdb")));
	assert_true(exists(scratch_file("resolver.link")));
	assert_true(exists(s.path));
	assert_int_equal(show_all().count, 2);
	end_resolver(alive);
}

static void on_error_is_taken_over_from_a_resolver_that_is_gone(void **state)
{
	(void)state;
	for (uint32_t on_error = 0; on_error < 2; on_error++) {
		AUTO(state) s = { 0 };

		kill_resolver(start_resolver(on_error));
		attach(&s, 1);
		assert_int_equal(s.file->on_error, on_error);
	}
}

static void on_error_is_not_taken_from_what_is_no_state(void **state)
{
	static uint8_t data[8192];
	AUTO(state) s = { 0 };

	(void)state;
	memset(data, 1, sizeof(data));
	content_write(scratch_file("resolver.garbage"), data, sizeof(data));
	memcpy(data, "palangst", 8);
	content_write(scratch_file("resolver.format"), data, sizeof(data));
	content_write(scratch_file("resolver.cut"), data, 20);
	attach(&s, 1);
	assert_int_equal(s.file->on_error, 0);
}

static void what_is_no_state_is_not_shown(void **state)
{
	static const struct {
		const char *what;
		size_t len;
		size_t at; /* of a byte that is another one */
	} t[] = {
		{ "an empty file is not shown", 0, 0 },
		{ "a cut file is not shown", 100, 0 },
		{ "a file without its last thread is not shown", 600, 0 },
		{ "a file of another magic is not shown", SIZE_MAX, 3 },
		{ "a file of another format is not shown", SIZE_MAX, 8 },
		{ "a file of too many threads is not shown", SIZE_MAX, 14 },
	};
	struct content c;
	struct state s;

	(void)state;
	attach(&s, 1);
	c = content_of(s.path);
	state_release(&s);
	assert_int_equal(unlink(state_path(getpid(), 0)), 0);
	for (size_t i = 0; i < ROWS(t); i++) {
		const char *path = scratch_file("resolver.other");
		int fd;

		c.data[t[i].at] ^= 1;
		content_write(path, c.data, t[i].len < c.len ? t[i].len : c.len);
		c.data[t[i].at] ^= 1;
		/* As if its resolver were alive. */
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(flock(fd, LOCK_EX), 0);
		check(show_all().count == 0, t[i].what);
		close(fd);
	}
	content_release(&c);
}

static void no_directory_is_told_from_no_resolver(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(state_each(scratch_store, show, NULL, &e), 0);
	assert_int_equal(rmdir(scratch_store), 0);
	assert_int_equal(state_each(scratch_store, show, NULL, &e), ERR_MISSING);
	content_write(scratch_store, "x", 1);
	assert_int_equal(state_each(scratch_store, show, NULL, &e), ERR_SYSTEM);
}

/* In a child that is nobody, for a directory that root may write in. */
static int attach_as_nobody(void)
{
	struct state s = { 0 };
	struct err e = { 0 };

	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 77;
	if (state_init(&s, 1, &e) != 0)
		return 1;
	count(&s.file->thread[0].queries);
	if (state_attach(&s, scratch_store, &e) != ERR_SYSTEM || s.fd != -1)
		return 2;
	if (strstr(e.text, "cannot keep counters in '") != e.text ||
	    strstr(e.text, "Permission denied") == NULL)
		return 3;
	count(&s.file->thread[0].queries);
	if (s.file->thread[0].queries != 2)
		return 4;
	state_release(&s);
	return 0;
}

static void state_stays_in_memory_where_it_cannot_be_written(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(scratch, 0755), 0);
	assert_int_equal(chmod(scratch_store, 0555), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(attach_as_nobody());
	status = child_status(pid);
	assert_int_equal(chmod(scratch_store, 0755), 0);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static void state_stays_in_memory_where_there_is_no_directory(void **state)
{
	AUTO(state) s = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(state_init(&s, 1, &e), 0);
	count(&s.file->thread[0].queries);
	assert_int_equal(rmdir(scratch_store), 0);
	assert_int_equal(state_attach(&s, scratch_store, &e), ERR_SYSTEM);
	assert_non_null(strstr(e.text, "No such file or directory"));
	assert_int_equal(s.fd, -1);
	assert_int_equal(s.file->thread[0].queries, 1);
	/* Later there is one. */
	assert_int_equal(mkdir(scratch_store, 0700), 0);
	assert_int_equal(state_attach(&s, scratch_store, &e), 0);
	assert_int_equal(show_all().queries, 1);
}

/* ---- top names ---- */

/* The hits of a name among those kept; 0 for one that is not. */
static uint32_t hits_of(const struct state_thread *t, const struct name *n)
{
	for (unsigned i = 0; i < STATE_TOP; i++)
		if (t->top[i].hits > 0 && t->top[i].len == n->len &&
		    memcmp(t->top[i].key, n->key, n->len) == 0)
			return t->top[i].hits;
	return 0;
}

static struct name numbered(uint32_t i)
{
	char text[64];

	snprintf(text, sizeof(text), "n%u.toko-palsu.example", i);
	return name_of(text);
}

static void name_asked_for_most_stays_among_many(void **state)
{
	AUTO(state) s = { 0 };
	struct name top = name_of("example.com");
	struct state_thread *t;
	uint32_t hits;

	(void)state;
	assert_int_equal(state_init(&s, 1, NULL), 0);
	t = &s.file->thread[0];
	for (uint32_t i = 0; i < 60000; i++) {
		struct name n = numbered(random_below(20000));

		state_top(t, n.key, n.len);
		if (i % 10 == 0)
			state_top(t, top.key, top.len);
	}
	hits = hits_of(t, &top);
	assert_in_range(hits, 5000, 6000);
	for (unsigned i = 0; i < STATE_TOP; i++) {
		assert_int_equal(t->top[i].version % 2, 0);
		assert_true(name_valid(t->top[i].key, t->top[i].len));
	}
}

static void few_names_are_counted_exactly(void **state)
{
	AUTO(state) s = { 0 };
	struct name n = name_of("www.example.com");

	(void)state;
	assert_int_equal(state_init(&s, 1, NULL), 0);
	for (int i = 0; i < 1000; i++)
		state_top(&s.file->thread[0], n.key, n.len);
	assert_int_equal(hits_of(&s.file->thread[0], &n), 1000);
}

static void name_that_is_too_long_is_not_kept(void **state)
{
	AUTO(state) s = { 0 };
	struct name n = { .len = 0 };
	uint8_t label[60];

	(void)state;
	assert_int_equal(state_init(&s, 1, NULL), 0);
	memset(label, 'a', sizeof(label));
	for (int i = 0; i < 4; i++)
		assert_true(name_add_label(&n, label, sizeof(label)));
	assert_int_equal(n.len, STATE_TOP_KEY);
	state_top(&s.file->thread[0], n.key, n.len);
	assert_int_equal(hits_of(&s.file->thread[0], &n), 1);
	assert_true(name_add_label(&n, label, 1));
	state_top(&s.file->thread[0], n.key, n.len);
	assert_int_equal(hits_of(&s.file->thread[0], &n), 0);
}

/* A process with a file of that number and start, which counts N queries and N hits of
 * a name in the row of its thread, and is gone. */
static void run_process(unsigned threads, int64_t pid, int64_t started, unsigned n)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct state s = { 0 };
		struct name name = name_of("www.example.com");
		struct err e = { 0 };

		if (state_init(&s, threads, &e) != 0)
			_exit(1);
		s.file->pid = pid;
		s.file->started = started;
		if (state_attach(&s, scratch_store, &e) != 0)
			_exit(1);
		for (unsigned i = 0; i < n; i++) {
			count(&s.file->thread[1].queries);
			count(&s.file->thread[1].orders[STATE_ORDERS - 1]);
			state_top(&s.file->thread[1], name.key, name.len);
		}
		atomic_store(&s.file->evicted, n);
		_exit(show_all().count != 2);
	}
	assert_int_equal(child_status(child), 0);
}

static void what_a_process_counted_that_is_gone_is_taken_over(void **state)
{
	static const struct {
		const char *what;
		unsigned threads;
		int64_t pid, started; /* more than those of the first */
		unsigned queries;     /* that are counted in the end */
	} t[] = {
		{ "a process of the same resolver", 2, 0, 0, 3 + 7 },
		{ "another resolver", 2, 1, 0, 3 },
		{ "a resolver that had the same number before", 2, 0, -1, 3 },
		{ "one with other threads", 3, 0, 0, 3 },
	};
	struct name name = name_of("www.example.com");

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct state s;

		attach(&s, 2);
		for (int n = 0; n < 3; n++) {
			count(&s.file->thread[1].queries);
			state_top(&s.file->thread[1], name.key, name.len);
		}
		run_process(t[i].threads, s.file->pid + t[i].pid,
			    s.file->started + t[i].started, 7);
		state_release(&s);
		attach(&s, 2);
		check(show_all().count == 1, t[i].what);
		check(s.file->thread[1].queries == t[i].queries, t[i].what);
		check(s.file->thread[1].orders[STATE_ORDERS - 1] == t[i].queries - 3,
		      t[i].what);
		check(s.file->evicted == t[i].queries - 3, t[i].what);
		check(hits_of(&s.file->thread[1], &name) == t[i].queries, t[i].what);
		check(!exists(state_path((pid_t)(getpid() + t[i].pid), 1)), t[i].what);
		state_release(&s);
		assert_int_equal(unlink(state_path(getpid(), 0)), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(state_in_memory_is_empty),
		TEST(released_state_can_be_released_again),
		TEST(attached_state_takes_its_counters_along),
		TEST(state_file_is_whole_on_disk),
		TEST(state_goes_on_after_a_reload),
		TEST(state_of_other_threads_begins_anew),
		TEST(own_file_that_is_no_state_is_written_anew),
		TEST(two_resolvers_are_both_shown),
		TEST(resolvers_that_start_at_once_are_all_shown),
		TEST(two_states_of_one_process_have_files_of_their_own),
		TEST(files_of_resolvers_that_are_gone_are_removed),
		TEST(on_error_is_taken_over_from_a_resolver_that_is_gone),
		TEST(on_error_is_not_taken_from_what_is_no_state),
		TEST(what_is_no_state_is_not_shown),
		TEST(no_directory_is_told_from_no_resolver),
		TEST(state_stays_in_memory_where_it_cannot_be_written),
		TEST(state_stays_in_memory_where_there_is_no_directory),
		TEST(name_asked_for_most_stays_among_many),
		TEST(few_names_are_counted_exactly),
		TEST(name_that_is_too_long_is_not_kept),
		TEST(what_a_process_counted_that_is_gone_is_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
