/* What goes wrong with jobs: functions that fail, hang or end the process, workers that sleep past
 * their leases, and the end of the server in the middle of it. */
#include "work/work_look.h"

#include "telemetry/metrics.h"

#include <sys/wait.h>

enum {
    ATTEMPTS = 3,
    FINE = 20
};

#define SHORT_US (SECOND_US / 5) /* a lease, scaled down */

static atomic_int tried, done, died, has_begun, woke;

static enum status run_fine(struct work_call *call, struct error *why)
{
    enum status status = do_effect(call, why);
    atomic_fetch_add(&done, status == STATUS_OK);
    return status;
}

static enum status run_and_fail(struct work_call *call, struct error *why)
{
    (void)call;
    atomic_fetch_add(&tried, 1);
    return fail(why, STATUS_UNAVAILABLE, "nobody answers");
}

static enum status run_and_refuse(struct work_call *call, struct error *why)
{
    (void)call;
    atomic_fetch_add(&tried, 1);
    return fail(why, STATUS_INVALID, "this can never be done");
}

static enum status run_too_long(struct work_call *call, struct error *why)
{
    atomic_fetch_add(&tried, 1);
    while (fiber_wait_until(fiber_now_ms() + PATIENCE_MS) != CANCELLED)
        ;
    EXPECT(atomic_load(&call->must_stop));
    return fail(why, STATUS_CANCELLED, "it was cancelled");
}

static void think_too_long(void *argument)
{
    struct work_call *call = argument;
    while (!atomic_load(&call->must_stop))
        usleep(1000);
}

static enum status run_apart_too_long(struct work_call *call, struct error *why)
{
    atomic_fetch_add(&tried, 1);
    fiber_offload(think_too_long, call);
    return fail(why, STATUS_CANCELLED, "it was cancelled");
}

static enum status run_and_abort(struct work_call *call, struct error *why)
{
    (void)call, (void)why;
    rest(50);
    _exit(77);
}

/* Its first attempt blocks the thread, as SIGSTOP would: nothing of this worker runs meanwhile. */
static enum status run_like_a_zombie(struct work_call *call, struct error *why)
{
    bool is_zombie = call->job.attempts == 1;
    if (is_zombie)
        usleep(4 * SHORT_US);
    enum status status = do_effect(call, why);
    EXPECT(!is_zombie || status == STATUS_CONFLICT);
    atomic_fetch_add(is_zombie ? &woke : &done, 1);
    return status;
}

static enum status run_for_long(struct work_call *call, struct error *why)
{
    atomic_fetch_add(&tried, 1);
    rest(4 * SHORT_US / 1000);
    return run_fine(call, why);
}

static enum status run_until_stopped(struct work_call *call, struct error *why)
{
    atomic_fetch_add(&has_begun, 1);
    return run_too_long(call, why);
}

static enum status run_a_little(struct work_call *call, struct error *why)
{
    atomic_fetch_add(&has_begun, 1);
    rest(50);
    return run_fine(call, why);
}

static enum status note_death(const struct work_services *services, struct db_session *session,
                              const struct dead_letter *letter, struct error *why)
{
    EXPECT(services == &fixture.services && letter->job.attempts >= 1);
    atomic_fetch_add(&died, 1);
    return note(session, "death", &letter->job, why);
}

/* Is always there when another ends the process. */
static enum status run_beside(struct work_call *call, struct error *why)
{
    rest(150);
    return run_fine(call, why);
}

static const int64_t soon[ATTEMPTS - 1] = {1000, 1000};

static const struct work_kind kinds[] = {
    {{"fine", 5, 60 * SECOND_US, 100, 0, NULL}, "Adds a row.", run_fine, NULL},
    {{"fails", ATTEMPTS, 60 * SECOND_US, 2, 0, soon}, "Fails.", run_and_fail, note_death},
    {{"refused", ATTEMPTS, 60 * SECOND_US, 2, 0, soon}, "Is refused.", run_and_refuse, NULL},
    {{"hangs", ATTEMPTS, SECOND_US / 50, 2, 0, soon}, "Waits for ever.", run_too_long, note_death},
    {{"thinks", ATTEMPTS, SECOND_US / 50, 2, 0, soon}, "Thinks.", run_apart_too_long, NULL},
    {{"aborts", ATTEMPTS, 60 * SECOND_US, 2, 0, soon}, "Ends.", run_and_abort, note_death},
    {{"beside", ATTEMPTS, 60 * SECOND_US, 100, 0, soon}, "Is there.", run_beside, note_death},
    {{"zombie", 5, 60 * SECOND_US, 2, 0, NULL}, "Sleeps once.", run_like_a_zombie, NULL},
    {{"long", 5, 60 * SECOND_US, 2, 0, NULL}, "Takes long.", run_for_long, NULL},
    {{"stops", 5, 600 * SECOND_US, 5, 0, NULL}, "Until stopped.", run_until_stopped, NULL},
    {{"little", 5, 60 * SECOND_US, 100, 0, NULL}, "Takes a little.", run_a_little, NULL},
};

static void open_all(int64_t visibility_us)
{
    fixture_open(kinds, sizeof kinds / sizeof kinds[0], visibility_us);
    atomic_store(&tried, 0);
    atomic_store(&done, 0);
    atomic_store(&died, 0);
    atomic_store(&has_begun, 0);
    atomic_store(&woke, 0);
}

static void put_fine(void)
{
    for (int i = 0; i < FINE; i++)
        PUT(.kind = "fine");
}

static void await_letter(void)
{
    put_fine();
    AWAIT(look().letter_count == 1 && atomic_load(&done) == FINE);
    EXPECT(look().job_count == 0);
}

/* Puts one of the kind among others that are well, and gives what became of it. */
static struct dead_letter poison(const char *kind)
{
    open_all(300 * SECOND_US);
    PUT(.kind = kind, .payload = STR("{\"poison\": true}"));
    fixture_run(await_letter);
    return look().letters[0];
}

static int times(str text, const char *part)
{
    int found = 0;
    size_t at;
    while ((at = str_find_str(text, str_from_z(part))) != STR_NONE) {
        text = str_slice(text, at + 1, text.length);
        found++;
    }
    return found;
}

static void what_always_fails_dies_after_all_its_attempts(void)
{
    struct dead_letter letter = poison("fails");
    EXPECT(letter.job.attempts == ATTEMPTS && atomic_load(&tried) == ATTEMPTS);
    EXPECT(str_equal(letter.error, STR("nobody answers")));
    EXPECT(times(letter.job.history, "nobody answers") == ATTEMPTS);
    EXPECT(str_equal(letter.job.payload, STR("{\"poison\": true}")));
    fixture_remove();
}

static void what_is_told_of_a_death_is_of_the_same_commit(void)
{
    poison("fails");
    EXPECT(count("SELECT COUNT(*) FROM audit_log WHERE action = 'death' AND detail = '3'") == 1);
    fixture_remove();
}

static void what_no_time_can_mend_dies_at_once(void)
{
    struct dead_letter letter = poison("refused");
    EXPECT(letter.job.attempts == 1 && atomic_load(&tried) == 1);
    EXPECT(str_equal(letter.error, STR("this can never be done")));
    fixture_remove();
}

static void what_takes_too_long_is_cancelled_and_says_so(void)
{
    struct dead_letter letter = poison("hangs");
    EXPECT(letter.job.attempts == ATTEMPTS && atomic_load(&tried) == ATTEMPTS);
    EXPECT(str_equal(letter.error, STR("took longer than 0.02 s")));
    fixture_remove();
}

static void what_thinks_for_too_long_is_told_to_stop(void)
{
    struct dead_letter letter = poison("thinks");
    EXPECT(letter.job.attempts == ATTEMPTS && atomic_load(&tried) == ATTEMPTS);
    EXPECT(str_equal(letter.error, STR("took longer than 0.02 s")));
    fixture_remove();
}

/* --- processes that end --- */

static void put_nothing(void)
{
    AWAIT(look().job_count == 0);
}

/* In a process of its own, which the job ends. */
static int work_and_die(const char *folder)
{
    snprintf(fixture.folder, sizeof fixture.folder, "%s", folder);
    open_all(300 * SECOND_US);
    fixture_run(put_nothing);
    fixture_close();
    return 0;
}

static int run_process(void)
{
    int result = 0;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        execl("/proc/self/exe", "work_fault_test", fixture.folder, (char *)NULL);
        _exit(1);
    }
    EXPECT(waitpid(child, &result, 0) == child && WIFEXITED(result));
    return WEXITSTATUS(result);
}

static void a_job_that_ends_its_process_dies_after_all_its_attempts(void)
{
    open_all(300 * SECOND_US);
    PUT(.kind = "aborts");
    fixture_close();
    for (int i = 0; i < ATTEMPTS; i++)
        EXPECT(run_process() == 77);
    EXPECT(run_process() == 0);
    open_all(300 * SECOND_US);
    struct looking all = look();
    EXPECT(all.job_count == 0 && all.letter_count == 1);
    EXPECT(all.letters[0].job.attempts == ATTEMPTS);
    EXPECT(count("SELECT COUNT(*) FROM audit_log WHERE action = 'death'") == 1);
    fixture_remove();
}

static void what_runs_beside_it_does_not_die_with_it(void)
{
    enum {
        BESIDE = 5
    };
    int crashes = 0, result;
    open_all(300 * SECOND_US);
    for (int i = 0; i < BESIDE; i++)
        PUT(.kind = i == BESIDE / 2 ? "aborts" : "beside");
    fixture_close();
    while ((result = run_process()) == 77)
        crashes++;
    EXPECT(result == 0 && crashes == ATTEMPTS);
    open_all(300 * SECOND_US);
    EXPECT(look().job_count == 0 && look().letter_count == 1);
    EXPECT(effects() == BESIDE - 1);
    fixture_remove();
}

/* --- leases --- */

static void await_zombie(void)
{
    PUT(.kind = "zombie");
    AWAIT(atomic_load(&done) == 1 && atomic_load(&woke) == 1);
}

static void a_worker_that_slept_past_its_lease_changes_nothing(void)
{
    int64_t ended = metric_read(METRIC_jobs_finished_total);
    open_all(SHORT_US);
    fixture.workers = 2;
    fixture_run(await_zombie);
    EXPECT(effects() == 1);
    EXPECT(count("SELECT CAST(detail AS BIGINT) FROM audit_log") == 2);
    struct looking all = look();
    EXPECT(all.job_count == 0 && all.letter_count == 0);
    EXPECT(metric_read(METRIC_jobs_finished_total) == ended + 2); /* one is lost, one is done */
    fixture_remove();
}

static void await_long(void)
{
    PUT(.kind = "long");
    AWAIT(atomic_load(&done) == 1);
}

static void a_lease_is_renewed_while_the_work_goes_on(void)
{
    open_all(SHORT_US);
    fixture.workers = 2;
    fixture_run(await_long);
    EXPECT(atomic_load(&tried) == 1 && count("SELECT CAST(detail AS BIGINT) FROM audit_log") == 1);
    fixture_remove();
}

static enum status cancel_job(struct db_session *session, void *argument, struct error *why)
{
    struct job *job = argument;
    return queue_cancel(fixture.queue, session, job->tenant_id, str_from_z(job->id), why);
}

static void cancel_while_it_runs(void)
{
    struct job job = PUT(.kind = "stops");
    AWAIT(atomic_load(&has_begun) == 1);
    EXPECT(db_write(store_db(fixture.store), cancel_job, &job, &err) == STATUS_OK);
    AWAIT(metric_read(METRIC_jobs_running) == 0);
}

static void who_works_at_what_was_cancelled_is_stopped(void)
{
    open_all(SHORT_US);
    fixture_run(cancel_while_it_runs);
    struct looking all = look();
    EXPECT(all.job_count == 0 && all.letter_count == 0);
    fixture_remove();
}

/* --- the end --- */

static void begin_some(void)
{
    for (int i = 0; i < FINE; i++)
        PUT(.kind = "little");
    AWAIT(atomic_load(&has_begun) > 0);
}

static void what_runs_when_the_worker_stops_is_let_finish(void)
{
    open_all(300 * SECOND_US);
    fixture_run(begin_some);
    int finished = atomic_load(&done);
    EXPECT(finished > 0 && finished == atomic_load(&has_begun));
    EXPECT(effects() == finished);
    struct looking all = look();
    EXPECT((int)all.job_count == FINE - finished);
    for (size_t i = 0; i < all.job_count; i++)
        EXPECT(all.jobs[i].state == JOB_READY && all.jobs[i].attempts == 0);
    fixture_remove();
}

static void begin_those_that_wait(void)
{
    for (int i = 0; i < 8; i++)
        PUT(.kind = "stops");
    AWAIT(atomic_load(&has_begun) == 5);
}

static void what_does_not_finish_in_time_is_given_back_unharmed(void)
{
    open_all(300 * SECOND_US);
    fixture.options.drain_ms = 20;
    fixture_run(begin_those_that_wait);
    struct looking all = look();
    EXPECT(all.job_count == 8 && all.letter_count == 0);
    for (size_t i = 0; i < all.job_count; i++) {
        EXPECT(all.jobs[i].state == JOB_READY && all.jobs[i].attempts == 0);
        EXPECT(all.jobs[i].history.length == 0);
    }
    fixture_close();
    open_all(300 * SECOND_US); /* the next start takes them at once */
    fixture.options.drain_ms = 20;
    fixture_run(begin_those_that_wait);
    EXPECT(look().job_count == 16);
    fixture_remove();
}

int main(int count_of_words, char **words)
{
    if (count_of_words > 1)
        return work_and_die(words[1]);
    RUN(what_always_fails_dies_after_all_its_attempts);
    RUN(what_is_told_of_a_death_is_of_the_same_commit);
    RUN(what_no_time_can_mend_dies_at_once);
    RUN(what_takes_too_long_is_cancelled_and_says_so);
    RUN(what_thinks_for_too_long_is_told_to_stop);
    RUN(a_job_that_ends_its_process_dies_after_all_its_attempts);
    RUN(what_runs_beside_it_does_not_die_with_it);
    RUN(a_worker_that_slept_past_its_lease_changes_nothing);
    RUN(a_lease_is_renewed_while_the_work_goes_on);
    RUN(who_works_at_what_was_cancelled_is_stopped);
    RUN(what_runs_when_the_worker_stops_is_let_finish);
    RUN(what_does_not_finish_in_time_is_given_back_unharmed);
    return 0;
}
