/* What every backend must do with works, reads, statements and migrations. What it owes to writers
 * side by side: db_group_test.c. */
#include "db/db_contract.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"

#include <math.h>
#include <pthread.h>
#include <semaphore.h>

/* Single works. */

static void keeps_what_was_written_over_a_restart(struct db *db)
{
    struct note first = {"first", 0};
    struct note second = {"second", 0};
    EXPECT(db_write(db, add_note, &first, NULL) == STATUS_OK);
    EXPECT(db_write(db, add_note, &second, NULL) == STATUS_OK);
    EXPECT(first.id == 1 && second.id == 2);
    fixture_close(&fixture);
    EXPECT(fixture_open(&fixture) == STATUS_OK);
    EXPECT(count_notes(fixture.db) == 2);
}

static enum status delete_all(struct db_session *session, void *argument, struct error *err)
{
    return db_run(db_prepare(session, "DELETE FROM note"), argument, err);
}

static void never_gives_an_id_twice(struct db *db)
{
    struct note note = {"a", 0};
    int64_t deleted = 0;
    EXPECT(db_write(db, add_note, &note, NULL) == STATUS_OK);
    EXPECT(db_write(db, delete_all, &deleted, NULL) == STATUS_OK);
    EXPECT(deleted == 1);
    EXPECT(db_write(db, add_note, &note, NULL) == STATUS_OK);
    EXPECT(note.id == 2);
    EXPECT(db_write(db, delete_all, &deleted, NULL) == STATUS_OK);
    EXPECT(db_write(db, delete_all, &deleted, NULL) == STATUS_OK);
    EXPECT(deleted == 0);
}

static void says_conflict_when_a_unique_rule_is_broken(struct db *db)
{
    struct note note = {"same", 0};
    struct error err = {0};
    EXPECT(db_write(db, add_note, &note, &err) == STATUS_OK);
    EXPECT(db_write(db, add_note, &note, &err) == STATUS_CONFLICT);
    EXPECT(err.status == STATUS_CONFLICT && strstr(err.message, "note.name") != NULL);
    EXPECT(count_notes(db) == 1);
}

static enum status add_below_zero(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    struct db_statement *s = db_prepare(session, "INSERT INTO note(size) VALUES($1)");
    db_bind_integer(s, 1, -1);
    return db_run(s, NULL, err);
}

static void says_invalid_when_another_rule_is_broken(struct db *db)
{
    EXPECT(db_write(db, add_below_zero, NULL, NULL) == STATUS_INVALID);
}

static enum status add_unless_there(struct db_session *session, void *argument, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO note(name) VALUES($1) ON CONFLICT(name) DO NOTHING");
    db_bind_text(s, 1, STR("once"));
    return db_insert(s, argument, err);
}

static void says_conflict_when_an_insert_does_nothing(struct db *db)
{
    int64_t id = 0;
    EXPECT(db_write(db, add_unless_there, &id, NULL) == STATUS_OK && id == 1);
    id = 77;
    EXPECT(db_write(db, add_unless_there, &id, NULL) == STATUS_CONFLICT && id == 77);
}

static void takes_back_what_failing_work_did(struct db *db)
{
    struct note note = {"gone", 0};
    struct error err = {0};
    EXPECT(db_write(db, add_and_fail, &note, &err) == STATUS_NOT_FOUND);
    EXPECT(strcmp(err.message, "no, after all") == 0);
    EXPECT(count_notes(db) == 0);
    EXPECT(db_write(db, add_note, &note, &err) == STATUS_OK);
}

/* Reads. */

static void *add_one(void *unused)
{
    (void)unused;
    struct note note = {"meanwhile", 0};
    EXPECT(db_write(fixture.db, add_note, &note, NULL) == STATUS_OK);
    return NULL;
}

static enum status count_around_a_write(struct db_session *session, void *argument,
                                        struct error *err)
{
    int64_t *counts = argument;
    enum status status = count_work(session, &counts[0], err);
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, add_one, NULL) == 0);
    pthread_join(thread, NULL);
    return status == STATUS_OK ? count_work(session, &counts[1], err) : status;
}

static void reads_one_snapshot(struct db *db)
{
    int64_t counts[2] = {-1, -1};
    EXPECT(db_read(db, DB_SHORT, count_around_a_write, counts, NULL) == STATUS_OK);
    EXPECT(counts[0] == 0 && counts[1] == 0);
    EXPECT(count_notes(db) == 1);
}

static void refuses_to_change_anything_in_a_read(struct db *db)
{
    struct note note = {"sneaked in", 0};
    EXPECT(db_read(db, DB_SHORT, add_note, &note, NULL) != STATUS_OK);
    EXPECT(count_notes(db) == 0);
}

static sem_t gate; /* of a long read */

static enum status wait_for_gate(struct db_session *session, void *argument, struct error *err)
{
    sem_wait(&gate);
    return count_work(session, argument, err);
}

static void read_long(void *argument)
{
    EXPECT(db_read(fixture.db, DB_LONG, wait_for_gate, argument, NULL) == STATUS_OK);
}

static void read_long_beside_a_fiber(void *argument)
{
    EXPECT(fiber_start(read_long, argument));
    fiber_wait_until(fiber_now_ms() + 1);
    EXPECT(*(int64_t *)argument == -1); /* it waits; and we are running */
    sem_post(&gate);
}

static void leaves_the_loop_free_during_a_long_read(struct db *db)
{
    (void)db;
    int64_t count = -1;
    sem_init(&gate, 0, 0);
    loop_run_alone(read_long_beside_a_fiber, &count);
    sem_destroy(&gate);
    EXPECT(count == 0);
}

/* Statements. */

static enum status store_values(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    struct db_statement *s =
        db_prepare(session, "INSERT INTO note(id, name, size, body) VALUES($1, $2, $3, $4)");
    db_bind_integer(s, 1, INT64_MAX - 1);
    db_bind_text(s, 2, STR("na\xc3\xafve"));
    db_bind_real(s, 3, (double)NAN);
    db_bind_bytes(s, 4, STR("a\0b"));
    enum status status = db_run(s, NULL, err);
    if (status != STATUS_OK)
        return status;
    s = db_prepare(session, "INSERT INTO note(id, name, size, body) VALUES($1, $2, $3, $4)");
    db_bind_integer(s, 1, INT64_MIN);
    db_bind_text(s, 2, STR(""));
    db_bind_real(s, 3, 0.1);
    return db_run(s, NULL, err); /* what was bound before is forgotten: $4 is NULL */
}

static enum status read_values(struct db_session *session, void *argument, struct error *err)
{
    struct arena *arena = argument;
    struct db_statement *s =
        db_prepare(session, "SELECT id, name, size, body FROM note ORDER BY id DESC");
    EXPECT(db_row(s));
    EXPECT(db_integer(s, 0) == INT64_MAX - 1);
    EXPECT(str_equal_z(db_text(s, 1, arena), "na\xc3\xafve"));
    EXPECT(db_is_null(s, 2) && isnan(db_real(s, 2)) && db_integer(s, 2) == 0);
    EXPECT(str_is_absent(db_text(s, 2, arena)));
    EXPECT(str_equal(db_text(s, 3, arena), STR("a\0b")));
    EXPECT(db_row(s));
    EXPECT(db_integer(s, 0) == INT64_MIN);
    EXPECT(!db_is_null(s, 1) && !str_is_absent(db_text(s, 1, arena)));
    EXPECT(db_text(s, 1, arena).length == 0);
    EXPECT(db_real(s, 2) == 0.1);
    EXPECT(db_is_null(s, 3));
    EXPECT(!db_row(s));
    EXPECT(!db_row(s)); /* and does not start again */
    return db_end(s, err);
}

static void gives_back_each_kind_of_value(struct db *db)
{
    struct arena arena = {0};
    EXPECT(db_write(db, store_values, NULL, NULL) == STATUS_OK);
    EXPECT(db_read(db, DB_SHORT, read_values, &arena, NULL) == STATUS_OK);
    arena_reset(&arena);
}

static int64_t count_pairs(struct db_session *session, int depth)
{
    int64_t pairs = 0;
    struct db_statement *s = db_prepare(session, "SELECT id FROM note");
    while (db_row(s))
        pairs += depth > 0 ? count_pairs(session, depth - 1) : 1;
    EXPECT(db_end(s, NULL) == STATUS_OK);
    return pairs;
}

static enum status count_triples(struct db_session *session, void *argument, struct error *err)
{
    (void)err;
    *(int64_t *)argument = count_pairs(session, 2);
    return STATUS_OK;
}

static void lets_a_statement_run_inside_itself(struct db *db)
{
    struct note notes[] = {{"a", 0}, {"b", 0}, {"c", 0}};
    for (int i = 0; i < 3; i++)
        EXPECT(db_write(db, add_note, &notes[i], NULL) == STATUS_OK);
    int64_t triples = 0;
    EXPECT(db_read(db, DB_SHORT, count_triples, &triples, NULL) == STATUS_OK);
    EXPECT(triples == 27);
}

static enum status leave_open(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    EXPECT(db_row(db_prepare(session, "SELECT 1")));
    EXPECT(db_row(db_prepare_text(session, STR("SELECT 2"))));
    return fail(err, STATUS_NOT_FOUND, "left early");
}

static void ends_statements_that_work_leaves_open(struct db *db)
{
    for (int i = 0; i < 3; i++) {
        EXPECT(db_read(db, DB_SHORT, leave_open, NULL, NULL) == STATUS_NOT_FOUND);
        EXPECT(db_write(db, leave_open, NULL, NULL) == STATUS_NOT_FOUND);
    }
    EXPECT(count_notes(db) == 0);
}

struct query {
    str sql;
    int parameters;
};

static enum status run_query(struct db_session *session, void *argument, struct error *err)
{
    const struct query *query = argument;
    struct db_statement *s = db_prepare_text(session, query->sql);
    for (int at = 1; at <= query->parameters; at++)
        db_bind_integer(s, at, at);
    EXPECT(!db_row(s) || db_integer(s, 0) == 2);
    return db_end(s, err);
}

static void keeps_the_first_failure_of_a_statement(struct db *db)
{
    struct error err = {0};
    struct query nonsense = {STR("SELECT nonsense FROM nowhere WHERE a = $1"), 1};
    EXPECT(db_read(db, DB_SHORT, run_query, &nonsense, &err) == STATUS_INTERNAL);
    EXPECT(strstr(err.message, "nowhere") != NULL);
    struct query empty = {STR("  "), 0};
    EXPECT(db_read(db, DB_SHORT, run_query, &empty, &err) == STATUS_INTERNAL);
    struct query too_few = {STR("SELECT $1"), 2};
    EXPECT(db_read(db, DB_SHORT, run_query, &too_few, &err) == STATUS_INTERNAL);
    struct query good = {STR("SELECT $1 + 1"), 1};
    EXPECT(db_read(db, DB_SHORT, run_query, &good, &err) == STATUS_OK);
}

static void refuses_parameters_out_of_order(struct db *db)
{
    struct error err = {0};
    struct query query = {STR("SELECT $2, $1"), 2};
    EXPECT(db_read(db, DB_SHORT, run_query, &query, &err) == STATUS_INTERNAL);
    EXPECT(strstr(err.message, "$2") != NULL);
    query.sql = STR("SELECT ?");
    EXPECT(db_read(db, DB_SHORT, run_query, &query, &err) == STATUS_INTERNAL);
}

static void changes_the_schema_in_migrations_only(struct db *db)
{
    struct error err = {0};
    struct query query = {STR("DROP TABLE note"), 0};
    EXPECT(db_write(db, run_query, &query, &err) == STATUS_INTERNAL);
    EXPECT(strstr(err.message, "db_migrate") != NULL);
    EXPECT(count_notes(db) == 0);
}

/* Migrations. */

static void applies_each_migration_once(struct db *db)
{
    const char *const more[] = {
        fixture_schema[0],
        "CREATE TABLE a(id SERIAL_ID); CREATE TABLE SERIAL_IDS(id INTEGER, b BYTES)",
        "INSERT INTO a(id) VALUES(7)",
    };
    int applied = -1;
    EXPECT(db_migrate(db, more, 3, &applied, NULL) == STATUS_OK && applied == 2);
    EXPECT(db_migrate(db, more, 3, &applied, NULL) == STATUS_OK && applied == 0);
    struct query good = {STR("SELECT COUNT(*) + 1 FROM a"), 0};
    EXPECT(db_read(db, DB_SHORT, run_query, &good, NULL) == STATUS_OK);
    struct query whole_words = {STR("SELECT b FROM SERIAL_IDS"), 0};
    EXPECT(db_read(db, DB_SHORT, run_query, &whole_words, NULL) == STATUS_OK);
}

static void leaves_nothing_of_a_migration_that_fails(struct db *db)
{
    const char *const bad[] = {fixture_schema[0], "CREATE TABLE a(id SERIAL_ID); CREATE NONSENSE"};
    const char *const good[] = {fixture_schema[0], "CREATE TABLE a(id SERIAL_ID)"};
    struct error err = {0};
    int applied = 9;
    EXPECT(db_migrate(db, bad, 2, &applied, &err) == STATUS_INTERNAL && applied == 9);
    EXPECT(strstr(err.message, "migration 2") != NULL);
    EXPECT(db_migrate(db, good, 2, &applied, &err) == STATUS_OK && applied == 1);
}

static void refuses_a_schema_from_the_future(struct db *db)
{
    struct error err = {0};
    EXPECT(db_migrate(db, fixture_schema, 0, NULL, &err) == STATUS_UNSUPPORTED);
    EXPECT(strstr(err.message, "newer Hark") != NULL);
}

static void finds_nothing_wrong_with_a_good_database(struct db *db)
{
    struct note note = {"good", 0};
    EXPECT(db_write(db, add_note, &note, NULL) == STATUS_OK);
    EXPECT(db_check(db, NULL) == STATUS_OK);
}

static const struct {
    const char *text, *part;
    bool is_held;
} held[] = {
    {"The invoice is wrong", "INVOICE IS", true},
    {"[\\]^_`@{|}~ AZ az", "`@{|}~ az AZ", true},
    {"[\\]^_`@{|}~ AZ az", "{", true},
    {"[]", "{}", false},
    {"@@@@@@@@@", "`", false},
    {"100 percent", "100%", false},
    {"Größte ÜBERRASCHUNG", "GRÖSSTE", false}, /* letter for letter */
    {"Größte ÜBERRASCHUNG", "gRÖßTE überRaschung", true},
    {"ÉCRAN NOIR", "écran", true},
    {"Ecran noir", "écran", false}, /* an accent is no matter of case */
    {"ΟΔΟΣ", "οδος", true},
    {"МОСКВА", "москва", true},
    {"ȺȺȺȺȺȺȺȺ", "ⱥⱥⱥⱥⱥⱥⱥⱥ", true}, /* longer in small letters */
    {"Ich zahle 9 € für ALLES", "€ FÜR alles", true},
    {"short", "shorter", false},
    {"any", "", true},
    {"", "any", false},
};

static enum status count_held(struct db_session *session, void *argument, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof held / sizeof *held && status == STATUS_OK; i++) {
        struct db_statement *s = db_prepare(session, "SELECT 1 WHERE text_holds($1, $2)");
        db_bind_text(s, 1, str_from_z(held[i].text));
        db_bind_text(s, 2, str_from_z(held[i].part));
        bool is_held = db_row(s);
        *(size_t *)argument += is_held == held[i].is_held;
        status = db_end(s, err);
    }
    return status;
}

static void finds_a_part_of_a_text_in_capitals_or_not(struct db *db)
{
    size_t right = 0;
    EXPECT(db_read(db, DB_SHORT, count_held, &right, NULL) == STATUS_OK);
    EXPECT(right == sizeof held / sizeof *held);
}

int main(void)
{
    RUN_DB(keeps_what_was_written_over_a_restart);
    RUN_DB(never_gives_an_id_twice);
    RUN_DB(says_conflict_when_a_unique_rule_is_broken);
    RUN_DB(says_invalid_when_another_rule_is_broken);
    RUN_DB(says_conflict_when_an_insert_does_nothing);
    RUN_DB(takes_back_what_failing_work_did);
    RUN_DB(reads_one_snapshot);
    RUN_DB(refuses_to_change_anything_in_a_read);
    RUN_DB(leaves_the_loop_free_during_a_long_read);
    RUN_DB(gives_back_each_kind_of_value);
    RUN_DB(lets_a_statement_run_inside_itself);
    RUN_DB(finds_a_part_of_a_text_in_capitals_or_not);
    RUN_DB(ends_statements_that_work_leaves_open);
    RUN_DB(keeps_the_first_failure_of_a_statement);
    RUN_DB(refuses_parameters_out_of_order);
    RUN_DB(changes_the_schema_in_migrations_only);
    RUN_DB(applies_each_migration_once);
    RUN_DB(leaves_nothing_of_a_migration_that_fails);
    RUN_DB(refuses_a_schema_from_the_future);
    RUN_DB(finds_nothing_wrong_with_a_good_database);
    return EXIT_SUCCESS;
}
