/* Experiments over a real database in a file of its own. */
#include "analysis/experiment.h"

#include "analysis/prompt_change.h"
#include "analysis/prompts.h"
#include "base/test.h"
#include "store/store_experiment.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MANY = 20000
};

static struct arena arena;
static struct store *store;
static struct experiments *experiments;
static struct prompt_change change;
static char folder[] = "/tmp/hark-experiment-XXXXXX";

static void open_all(void)
{
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(store_open(&store, str_format(&arena, "sqlite:%s/test.db", folder), NULL) == STATUS_OK);
    struct experiments_options options = {.store = store};
    EXPECT(experiments_open(&experiments, &options, NULL) == STATUS_OK);
    change = (struct prompt_change){experiments, &arena, TENANT_DEFAULT, "a test"};
}

static void close_all(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    experiments_close(experiments);
    store_close(store);
    for (size_t i = 0; i < 4; i++)
        unlink(str_format(&arena, "%s/test.db%s", folder, endings[i]).bytes);
    rmdir(folder);
}

static str subject(int number)
{
    return str_format(&arena, "customer %d", number);
}

static double share_of(const struct experiment *experiment, bool by_id)
{
    int taken = 0;
    for (int i = 0; i < MANY; i++)
        taken += experiment_takes(experiment, subject(i), by_id ? i + 1 : 0);
    return taken / (double)MANY;
}

static void a_canary_gets_its_share(void)
{
    struct experiment experiment = {.id = 7, .tenant_id = 1};
    static const double shares[] = {0, 0.01, 0.1, 0.5, 1};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        experiment.share = shares[i];
        EXPECT(fabs(share_of(&experiment, false) - shares[i]) < 0.012);
    }
}

static void a_subject_stays_where_it_is_and_a_greater_share_only_adds(void)
{
    struct experiment small = {.id = 7, .tenant_id = 1, .share = 0.1}, large = small;
    large.share = 0.3;
    for (int i = 0; i < 1000; i++) {
        bool is_taken = experiment_takes(&small, subject(i), 0);
        EXPECT(experiment_takes(&small, subject(i), i) == is_taken);
        EXPECT(!is_taken || experiment_takes(&large, subject(i), 0));
    }
}

static void experiments_and_tenants_draw_apart(void)
{
    struct experiment one = {.id = 1, .tenant_id = 1, .share = 0.5}, two = one, other = one;
    int same_as_two = 0, same_as_other = 0;
    two.id = 2;
    other.tenant_id = 2;
    for (int i = 0; i < 4000; i++) {
        bool is_taken = experiment_takes(&one, subject(i), 0);
        same_as_two += experiment_takes(&two, subject(i), 0) == is_taken;
        same_as_other += experiment_takes(&other, subject(i), 0) == is_taken;
    }
    EXPECT(same_as_two > 1800 && same_as_two < 2200);
    EXPECT(same_as_other > 1800 && same_as_other < 2200);
}

static void by_id_the_last_digit_decides(void)
{
    struct experiment experiment = {
        .id = 7, .tenant_id = 1, .mode = EXPERIMENT_BY_ID, .share = 0.1};
    for (int id = 1; id < 200; id++)
        EXPECT(experiment_takes(&experiment, subject(id), id) == (id % 10 == 0));
    experiment.share = 0.3;
    for (int id = 1; id < 200; id++)
        EXPECT(experiment_takes(&experiment, subject(id), id) == (id % 10 < 3));
    EXPECT(fabs(share_of(&experiment, false) - 0.3) < 0.012);
}

static struct prompt_choice chosen(int64_t tenant_id, int number)
{
    struct prompt_choice choice;
    struct prompt_question question = {
        .tenant_id = tenant_id, .task = STR("classify"), .subject = subject(number)};
    EXPECT(experiments_choose(experiments, &question, &choice, NULL) == STATUS_OK);
    return choice;
}

static bool gives(int64_t tenant_id, int number, const char *version)
{
    struct prompt_choice choice = chosen(tenant_id, number);
    bool is_that = str_equal_z(choice.prompt->version, version);
    prompt_choice_end(&choice);
    return is_that;
}

static enum status make_version(const char *version, struct error *err)
{
    struct prompt prompt = {.task = STR("classify"),
                            .version = str_from_z(version),
                            .rules = STR("Say what it is."),
                            .why = STR("a test")};
    return prompt_make(&change, &prompt, err);
}

static void what_a_tenant_makes_is_its_own_and_used_once_it_is_put_to_use(void)
{
    EXPECT(gives(TENANT_DEFAULT, 1, "v1"));
    EXPECT(make_version("mine", NULL) == STATUS_OK);
    EXPECT(gives(TENANT_DEFAULT, 1, "v1"));
    EXPECT(prompt_activate(&change, STR("classify"), STR("mine"), NULL) == STATUS_OK);
    EXPECT(gives(TENANT_DEFAULT, 1, "mine") && gives(2, 1, "v1"));
    EXPECT(prompt_activate(&change, STR("classify"), STR("v1"), NULL) == STATUS_OK);
    EXPECT(gives(TENANT_DEFAULT, 1, "v1"));
}

static void versions_never_change(void)
{
    struct error err = {0};
    EXPECT(make_version("mine", &err) == STATUS_CONFLICT);
    EXPECT(make_version("v1", &err) == STATUS_CONFLICT);
    EXPECT(make_version("my own", &err) == STATUS_INVALID && strcmp(err.field, "#/version") == 0);
}

static void what_is_held_outlives_a_change(void)
{
    struct prompt_choice before = chosen(TENANT_DEFAULT, 1);
    uint64_t generation = experiments_generation(experiments);
    EXPECT(gives(TENANT_DEFAULT, 2, "v1") && experiments_generation(experiments) == generation);
    EXPECT(make_version("later", NULL) == STATUS_OK);
    EXPECT(prompt_activate(&change, STR("classify"), STR("later"), NULL) == STATUS_OK);
    EXPECT(str_equal(before.prompt->version, STR("v1")) && before.prompt->rules.length > 0);
    prompt_choice_end(&before);
    EXPECT(experiments_generation(experiments) > generation);
    EXPECT(gives(TENANT_DEFAULT, 1, "later"));
    EXPECT(prompt_activate(&change, STR("classify"), STR("v1"), NULL) == STATUS_OK);
}

static void what_is_in_use_is_not_retired_and_what_is_retired_not_used(void)
{
    struct error err = {0};
    str task = STR("classify");
    EXPECT(make_version("old", NULL) == STATUS_OK);
    EXPECT(prompt_activate(&change, task, STR("old"), NULL) == STATUS_OK);
    EXPECT(prompt_retire(&change, task, STR("old"), &err) == STATUS_CONFLICT);
    EXPECT(prompt_activate(&change, task, STR("v1"), NULL) == STATUS_OK);
    EXPECT(prompt_retire(&change, task, STR("old"), NULL) == STATUS_OK);
    EXPECT(prompt_retire(&change, task, STR("old"), &err) == STATUS_CONFLICT);
    EXPECT(prompt_activate(&change, task, STR("old"), &err) == STATUS_CONFLICT);
    EXPECT(prompt_activate(&change, task, STR("none"), &err) == STATUS_NOT_FOUND);
    EXPECT(prompt_retire(&change, task, STR("v1"), &err) == STATUS_CONFLICT);
}

static struct experiment made(const char *version)
{
    struct experiment experiment = {.task = STR("classify"),
                                    .name = STR("a test"),
                                    .why = STR("to see"),
                                    .canary = {str_from_z(version), STR("openai"), STR("large")}};
    EXPECT(experiment_make(&change, &experiment, NULL) == STATUS_OK);
    return experiment;
}

static int canaries_of_1000(void)
{
    int count = 0;
    for (int i = 0; i < 1000; i++) {
        struct prompt_choice choice = chosen(TENANT_DEFAULT, i);
        bool is_canary = choice.arm == ARM_CANARY;
        EXPECT(str_equal(choice.prompt->version, is_canary ? STR("mine") : STR("v1")));
        EXPECT(str_equal(choice.model, is_canary ? STR("large") : (str){0}));
        count += is_canary;
        prompt_choice_end(&choice);
    }
    return count;
}

static void an_experiment_is_started_promoted_and_rolled_back(void)
{
    struct error err = {0};
    struct experiment experiment = made("mine"), other = made("later");
    struct experiment idle = {.task = STR("classify"),
                              .name = STR("the same"),
                              .why = STR("to see"),
                              .canary = {STR("v1"), {0}, {0}}};
    EXPECT(experiment_make(&change, &idle, NULL) == STATUS_OK);
    EXPECT(canaries_of_1000() == 0);
    EXPECT(experiment_start(&change, 0.2, &idle, &err) == STATUS_CONFLICT);
    EXPECT(strstr(err.message, "in use already") != NULL);
    EXPECT(experiment_start(&change, 0.2, &experiment, NULL) == STATUS_OK);
    EXPECT(canaries_of_1000() > 150 && canaries_of_1000() < 250);
    EXPECT(experiment_start(&change, 0.2, &other, &err) == STATUS_CONFLICT);
    EXPECT(prompt_activate(&change, STR("classify"), STR("later"), &err) == STATUS_CONFLICT);
    EXPECT(prompt_retire(&change, STR("classify"), STR("mine"), &err) == STATUS_CONFLICT);
    EXPECT(experiment_start(&change, 0.5, &experiment, NULL) == STATUS_OK);
    EXPECT(canaries_of_1000() > 440);
    EXPECT(experiment_promote(&change, false, &experiment, &err) == STATUS_CONFLICT);
    EXPECT(strstr(err.message, "0 of 24 hours") != NULL);
    EXPECT(experiment_promote(&change, true, &experiment, NULL) == STATUS_OK);
    EXPECT(gives(TENANT_DEFAULT, 5, "mine"));
    EXPECT(experiment_roll_back(&change, &experiment, NULL) == STATUS_OK);
    EXPECT(gives(TENANT_DEFAULT, 5, "v1"));
    EXPECT(experiment_roll_back(&change, &experiment, &err) == STATUS_CONFLICT);
}

static void rolling_a_canary_back_ends_it(void)
{
    struct experiment experiment = made("mine");
    EXPECT(experiment_start(&change, 1, &experiment, NULL) == STATUS_OK);
    EXPECT(canaries_of_1000() == 1000);
    EXPECT(experiment_roll_back(&change, &experiment, NULL) == STATUS_OK);
    EXPECT(canaries_of_1000() == 0 && experiment.status == EXPERIMENT_ROLLED_BACK);
}

static void shares_are_checked(void)
{
    struct error err = {0};
    struct experiment experiment = {.task = STR("classify"),
                                    .name = STR("by id"),
                                    .why = STR("to see"),
                                    .mode = EXPERIMENT_BY_ID,
                                    .canary = {.prompt_version = STR("mine")}};
    EXPECT(experiment_make(&change, &experiment, NULL) == STATUS_OK);
    EXPECT(experiment_start(&change, 0, &experiment, &err) == STATUS_INVALID);
    EXPECT(experiment_start(&change, 1.5, &experiment, &err) == STATUS_INVALID);
    EXPECT(experiment_start(&change, (double)NAN, &experiment, &err) == STATUS_INVALID);
    EXPECT(experiment_start(&change, 0.05, &experiment, &err) == STATUS_INVALID);
    EXPECT(experiment_start(&change, 0.3, &experiment, NULL) == STATUS_OK);
    EXPECT(experiment_roll_back(&change, &experiment, NULL) == STATUS_OK);
    experiment.canary.model = STR("alone");
    EXPECT(experiment_make(&change, &experiment, &err) == STATUS_INVALID);
    experiment.canary = (struct arm){.prompt_version = STR("old")};
    EXPECT(experiment_make(&change, &experiment, &err) == STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/canary/prompt_version") == 0);
}

static void a_version_can_be_asked_for_by_name(void)
{
    struct prompt_choice choice;
    struct prompt_question question = {
        .tenant_id = TENANT_DEFAULT, .task = STR("classify"), .version = STR("old")};
    EXPECT(experiments_choose(experiments, &question, &choice, NULL) == STATUS_OK);
    EXPECT(str_equal(choice.prompt->version, STR("old")) && choice.experiment_id == 0);
    prompt_choice_end(&choice);
    question.version = STR("none");
    EXPECT(experiments_choose(experiments, &question, &choice, NULL) == STATUS_NOT_FOUND);
    question.task = STR("nothing");
    EXPECT(experiments_choose(experiments, &question, &choice, NULL) == STATUS_NOT_FOUND);
}

static const char *put_file(const char *name, const char *text)
{
    const char *path = str_format(&arena, "%s/prompts/%s", folder, name).bytes;
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

static enum status opened(struct experiments **other, const char *version, struct error *err)
{
    struct experiments_options options = {
        .store = store,
        .folder = str_format(&arena, "%s/prompts", folder).bytes,
        .active_version = str_from_z(version),
    };
    return experiments_open(other, &options, err);
}

static void an_operators_folder_adds_versions_and_is_read_strictly(void)
{
    struct error err = {0};
    struct experiments *other;
    const char *prompts = str_format(&arena, "%s/prompts", folder).bytes;
    EXPECT(opened(&other, NULL, &err) == STATUS_INVALID);
    EXPECT(mkdir(prompts, 0700) == 0);
    const char *second = put_file("classify.v2.md", "why: shorter\n\nSay it.\n");
    EXPECT(opened(&other, NULL, &err) == STATUS_OK);
    EXPECT(str_equal(experiments_default(other, STR("classify"))->version, STR("v1")));
    experiments_close(other);
    EXPECT(opened(&other, "v2", &err) == STATUS_OK);
    EXPECT(str_equal(experiments_default(other, STR("classify"))->rules, STR("Say it.")));
    experiments_close(other);
    EXPECT(opened(&other, "v9", &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "ai.active_prompt") != NULL);
    const char *bad = put_file("classify.v3.md", "why: no rules\n");
    EXPECT(opened(&other, NULL, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "/prompts/classify.v3.md:2: rules must not be empty") != NULL);
    unlink(bad);
    bad = put_file("classify.v1.md", "why: mine\n\nSay it.\n");
    EXPECT(opened(&other, NULL, &err) == STATUS_INVALID);
    unlink(bad);
    bad = put_file("nothing.v1.md", "why: mine\n\nSay it.\n");
    EXPECT(opened(&other, NULL, &err) == STATUS_INVALID);
    unlink(bad);
    unlink(second);
    rmdir(prompts);
}

static enum status count_audit(struct db_session *session, void *argument, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT COUNT(*) FROM audit_log WHERE actor = 'a test'");
    if (db_row(s))
        *(int64_t *)argument = db_integer(s, 0);
    return db_end(s, err);
}

static void every_change_is_in_the_audit_log(void)
{
    int64_t before = 0, after = 0;
    EXPECT(db_read(store_db(store), DB_SHORT, count_audit, &before, NULL) == STATUS_OK);
    EXPECT(make_version("audited", NULL) == STATUS_OK);
    EXPECT(make_version("audited", NULL) == STATUS_CONFLICT);
    EXPECT(db_read(store_db(store), DB_SHORT, count_audit, &after, NULL) == STATUS_OK);
    EXPECT(before > 10 && after == before + 1);
}

int main(void)
{
    open_all();
    RUN(a_canary_gets_its_share);
    RUN(a_subject_stays_where_it_is_and_a_greater_share_only_adds);
    RUN(experiments_and_tenants_draw_apart);
    RUN(by_id_the_last_digit_decides);
    RUN(what_a_tenant_makes_is_its_own_and_used_once_it_is_put_to_use);
    RUN(versions_never_change);
    RUN(what_is_held_outlives_a_change);
    RUN(what_is_in_use_is_not_retired_and_what_is_retired_not_used);
    RUN(an_experiment_is_started_promoted_and_rolled_back);
    RUN(rolling_a_canary_back_ends_it);
    RUN(shares_are_checked);
    RUN(a_version_can_be_asked_for_by_name);
    RUN(an_operators_folder_adds_versions_and_is_read_strictly);
    RUN(every_change_is_in_the_audit_log);
    close_all();
    arena_reset(&arena);
    return 0;
}
