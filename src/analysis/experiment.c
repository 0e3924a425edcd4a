#include "analysis/experiment.h"

#include "analysis/prompt_folder.h"
#include "base/hash.h"
#include "base/heap.h"
#include "store/store_experiment.h"
#include "store/store_prompt.h"
#include "telemetry/log.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    MOST_TASKS = 16 /* with shipped prompts */
};

/* A tenant's, as it was at one moment. Immutable but for the count of its holders; the last one
 * ends it, and being known is one of them. */
struct prompt_shelf {
    int64_t tenant_id;
    atomic_uint holders;
    struct arena arena;
    struct prompt *own;
    size_t own_count;
    struct arm active[MOST_TASKS]; /* by task; without a version: the default */
    struct experiment_list running;
};

struct known {
    struct known *next;
    struct prompt_shelf *shelf;
};

struct experiments {
    struct store *store;
    struct arena arena;
    const struct prompt *shipped;
    size_t shipped_count;
    str tasks[MOST_TASKS];
    const struct prompt *defaults[MOST_TASKS];
    size_t task_count;
    pthread_rwlock_t lock; /* of `known` */
    struct known *known;
    atomic_uint_least64_t generation; /* how many shelves were put to use */
};

static size_t find_task(const struct experiments *self, str task)
{
    size_t at = 0;
    while (at < self->task_count && !str_equal(self->tasks[at], task))
        at++;
    return at;
}

bool experiments_has_task(const struct experiments *experiments, str task)
{
    return find_task(experiments, task) < experiments->task_count;
}

const struct prompt *experiments_default(const struct experiments *experiments, str task)
{
    return experiments->defaults[find_task(experiments, task)];
}

size_t experiments_list_shipped(const struct experiments *experiments,
                                const struct prompt **prompts)
{
    *prompts = experiments->shipped;
    return experiments->shipped_count;
}

struct store *experiments_store(const struct experiments *experiments)
{
    return experiments->store;
}

/* The version of the setting for each task that has it; what others have is the newest compiled in:
 * a file that somebody lays into a folder is not put to use by lying there. */
static enum status choose_defaults(struct experiments *self, str version, struct error *err)
{
    bool is_known = str_is_absent(version) || version.length == 0;
    for (size_t i = 0; i < self->shipped_count; i++) {
        const struct prompt *prompt = &self->shipped[i];
        size_t task = find_task(self, prompt->task);
        if (task == self->task_count && task < MOST_TASKS - 1) {
            self->tasks[self->task_count++] = prompt->task;
            self->defaults[task] = prompt_find_shipped(prompt->task, (str){0});
        }
        if (str_equal(prompt->version, version)) {
            self->defaults[task] = prompt;
            is_known = true;
        }
    }
    if (!is_known)
        return fail(err, STATUS_INVALID,
                    "ai.active_prompt: there is no version '" STR_FORMAT "' of any prompt",
                    STR_ARG(version));
    return STATUS_OK;
}

enum status experiments_open(struct experiments **experiments,
                             const struct experiments_options *options, struct error *err)
{
    struct experiments *self = heap_new(struct experiments);
    self->store = options->store;
    pthread_rwlock_init(&self->lock, NULL);
    enum status status = prompt_folder_read(&self->arena, options->folder, &self->shipped,
                                            &self->shipped_count, err);
    if (status == STATUS_OK)
        status = choose_defaults(self, options->active_version, err);
    if (status == STATUS_OK)
        *experiments = self;
    else
        experiments_close(self);
    return status;
}

static void let_go(struct prompt_shelf *shelf)
{
    if (shelf == NULL || atomic_fetch_sub(&shelf->holders, 1) > 1)
        return;
    arena_reset(&shelf->arena);
    free(shelf);
}

void experiments_close(struct experiments *experiments)
{
    if (experiments == NULL)
        return;
    for (struct known *known = experiments->known, *next; known != NULL; known = next) {
        next = known->next;
        let_go(known->shelf);
        free(known);
    }
    pthread_rwlock_destroy(&experiments->lock);
    arena_reset(&experiments->arena);
    free(experiments);
}

static const struct prompt *find_version(const struct experiments *self,
                                         const struct prompt_shelf *shelf, str task, str version)
{
    const struct prompt *own = prompt_find(shelf->own, shelf->own_count, task, version);
    return own != NULL ? own : prompt_find(self->shipped, self->shipped_count, task, version);
}

/* What is in use may have lain in the operator's folder, and lie there no more. */
static void check_shelf(const struct experiments *self, struct prompt_shelf *shelf)
{
    for (size_t i = 0; i < self->task_count; i++) {
        struct arm *arm = &shelf->active[i];
        if (str_is_absent(arm->prompt_version) ||
            find_version(self, shelf, self->tasks[i], arm->prompt_version) != NULL)
            continue;
        LOG(WARN, "prompt_missing", LOG_INT("tenant_id", shelf->tenant_id),
            LOG_STR("task", self->tasks[i]), LOG_STR("version", arm->prompt_version),
            LOG_Z("remedy", "put its file back into the folder ai.prompts, or activate another "
                            "version; until then the default is used"));
        *arm = (struct arm){0};
    }
}

struct reading {
    const struct experiments *self;
    struct prompt_shelf *shelf;
};

static enum status read_shelf(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct prompt_shelf *shelf = reading->shelf;
    enum status status = store_list_prompts(session, &shelf->arena, shelf->tenant_id, &shelf->own,
                                            &shelf->own_count, err);
    if (status == STATUS_OK)
        status = store_list_running(session, &shelf->arena, shelf->tenant_id, &shelf->running, err);
    for (size_t i = 0; i < reading->self->task_count && status == STATUS_OK; i++)
        status = store_get_active_arm(session, &shelf->arena, shelf->tenant_id,
                                      reading->self->tasks[i], &shelf->active[i], err);
    return status;
}

/* Under the lock. */
static struct known *find_known(const struct experiments *self, int64_t tenant_id)
{
    struct known *known = self->known;
    while (known != NULL && known->shelf->tenant_id != tenant_id)
        known = known->next;
    return known;
}

/* Under the lock. Who holds what was there before goes on with it. */
static void keep(struct experiments *self, struct prompt_shelf *shelf)
{
    struct known *known = find_known(self, shelf->tenant_id);
    if (known == NULL) {
        known = heap_new(struct known);
        known->next = self->known;
        self->known = known;
    } else {
        let_go(known->shelf);
    }
    known->shelf = shelf;
}

/* Short reads do not wait, so a fiber may hold the lock over one: of two changes at once, the later
 * reading must stay. */
enum status experiments_refresh(struct experiments *experiments, int64_t tenant_id,
                                struct error *err)
{
    struct prompt_shelf *shelf = heap_new(struct prompt_shelf);
    struct reading reading = {experiments, shelf};
    shelf->tenant_id = tenant_id;
    atomic_init(&shelf->holders, 1);
    pthread_rwlock_wrlock(&experiments->lock);
    enum status status = db_read(store_db(experiments->store), DB_SHORT, read_shelf, &reading, err);
    if (status == STATUS_OK) {
        check_shelf(experiments, shelf);
        keep(experiments, shelf);
        atomic_fetch_add(&experiments->generation, 1); /* and not before: see who asks for it */
    }
    pthread_rwlock_unlock(&experiments->lock);
    if (status != STATUS_OK)
        let_go(shelf);
    return status;
}

uint64_t experiments_generation(const struct experiments *experiments)
{
    return atomic_load(&experiments->generation);
}

/* NULL: the tenant's was not read yet. */
static struct prompt_shelf *take_known(struct experiments *self, int64_t tenant_id)
{
    struct prompt_shelf *shelf = NULL;
    pthread_rwlock_rdlock(&self->lock);
    const struct known *known = find_known(self, tenant_id);
    if (known != NULL) {
        shelf = known->shelf;
        atomic_fetch_add(&shelf->holders, 1);
    }
    pthread_rwlock_unlock(&self->lock);
    return shelf;
}

static enum status take(struct experiments *self, int64_t tenant_id, struct prompt_shelf **shelf,
                        struct error *err)
{
    enum status status = STATUS_OK;
    *shelf = take_known(self, tenant_id);
    if (*shelf == NULL)
        status = experiments_refresh(self, tenant_id, err);
    if (*shelf == NULL && status == STATUS_OK)
        *shelf = take_known(self, tenant_id);
    return status;
}

/* The first 53 bits of a hash, as a share of all: 0 to less than 1. */
static double place_of(const struct experiment *experiment, str subject)
{
    char text[256];
    struct buf buf;
    unsigned char digest[SHA256_SIZE];
    uint64_t number = 0;
    hash_sha256(subject, digest);
    buf_init_on(&buf, text, sizeof text);
    buf_add_integer(&buf, experiment->id);
    buf_add_byte(&buf, '/');
    buf_add_integer(&buf, experiment->tenant_id);
    buf_add_byte(&buf, '/');
    buf_add(&buf, (str){(const char *)digest, sizeof digest});
    hash_sha256(buf_str(&buf), digest);
    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | digest[i];
    return (double)(number >> 11) / 9007199254740992.0;
}

bool experiment_takes(const struct experiment *experiment, str subject, int64_t id)
{
    double place = place_of(experiment, subject);
    if (experiment->mode == EXPERIMENT_BY_HASH)
        return place < experiment->share;
    int64_t digit = id > 0 ? id % 10 : (int64_t)(place * 10);
    return digit < lround(experiment->share * 10);
}

static const struct experiment *find_running(const struct prompt_shelf *shelf, str task)
{
    for (size_t i = 0; i < shelf->running.count; i++)
        if (str_equal(shelf->running.items[i].task, task))
            return &shelf->running.items[i];
    return NULL;
}

static void use_arm(const struct experiments *self, const struct arm *arm, str task,
                    struct prompt_choice *choice)
{
    if (!str_is_absent(arm->prompt_version))
        choice->prompt = find_version(self, choice->held, task, arm->prompt_version);
    if (choice->prompt == NULL) {
        choice->prompt = experiments_default(self, task);
        return;
    }
    choice->provider = arm->provider;
    choice->model = arm->model;
}

static void choose_arm(const struct experiments *self, const struct prompt_question *question,
                       struct prompt_choice *choice)
{
    const struct experiment *running = find_running(choice->held, question->task);
    const struct arm *arm = &choice->held->active[find_task(self, question->task)];
    if (running != NULL) {
        choice->experiment_id = running->id;
        if (experiment_takes(running, question->subject, question->id)) {
            choice->arm = ARM_CANARY;
            arm = &running->canary;
        }
    }
    use_arm(self, arm, question->task, choice);
}

enum status experiments_choose(struct experiments *experiments,
                               const struct prompt_question *question, struct prompt_choice *choice,
                               struct error *err)
{
    *choice = (struct prompt_choice){.arm = ARM_ACTIVE};
    if (!experiments_has_task(experiments, question->task))
        return fail(err, STATUS_NOT_FOUND, "there is no task '" STR_FORMAT "'",
                    STR_ARG(question->task));
    enum status status = take(experiments, question->tenant_id, &choice->held, err);
    if (status != STATUS_OK)
        return status;
    if (str_is_absent(question->version))
        choose_arm(experiments, question, choice);
    else
        choice->prompt = find_version(experiments, choice->held, question->task, question->version);
    if (choice->prompt != NULL)
        return STATUS_OK;
    prompt_choice_end(choice);
    return fail(err, STATUS_NOT_FOUND, "there is no version '" STR_FORMAT "' of the prompt",
                STR_ARG(question->version));
}

void prompt_choice_end(struct prompt_choice *choice)
{
    let_go(choice->held);
    *choice = (struct prompt_choice){0};
}
