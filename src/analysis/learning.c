#include "analysis/learning.h"

#include "analysis/learning_use.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "store/store_configuration.h"
#include "store/store_event.h"
#include "store/store_lesson.h"
#include "telemetry/log.h"

#include <string.h>

enum {
    FIGURES_MAX = 8 * 1024
};

const char *const learning_outcome_names[] = {
    [LEARNING_PROMOTED] = "promoted",       [LEARNING_TOO_FEW] = "too_few_corrections",
    [LEARNING_NOTHING_NEW] = "nothing_new", [LEARNING_NOT_BETTER] = "not_better",
    [LEARNING_OUTCOME_COUNT] = NULL,
};

struct gathering {
    struct learning_run *run;
    struct lessons lessons;
    struct configuration configuration;
};

static enum status read_lessons(struct db_session *session, void *argument, struct error *err)
{
    struct gathering *gathering = argument;
    struct learning_run *run = gathering->run;
    struct lesson_query query = {run->tenant_id, LEARNING_MOST_CORRECTED, LEARNING_MOST_OTHERS};
    enum status status = store_list_lessons(session, run->arena, &query, &gathering->lessons, err);
    if (status == STATUS_OK)
        status = store_get_adapter(session, run->arena, run->tenant_id, &run->version, err);
    if (status == STATUS_OK)
        status = store_get_configuration(session, run->arena, run->tenant_id,
                                         &gathering->configuration, err);
    return status;
}

static bool is_in_use(const struct learning_run *run)
{
    return learning_serves(run->analyst, run->tenant_id, run->version.version);
}

static size_t count_general(void)
{
    size_t count = 0;
    while (adapter_general[count] != NULL)
        count++;
    return count;
}

/* The text as an analysis sees it, and what is said of it now. */
static struct trial_text *add_text(struct learning_run *run, str text, enum trial_kind kind)
{
    struct trial_text *one = &run->texts[run->count++];
    *one = (struct trial_text){.example = {.text = text}, .kind = kind};
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        one->example.labels[field] = LABEL_NONE;
    return one;
}

static void add_lesson(struct gathering *gathering, const struct lesson *lesson, int64_t learned_to)
{
    struct learning_run *run = gathering->run;
    bool is_corrected = lesson->corrected_at != 0;
    size_t most = (size_t)gathering->configuration.text_most_characters;
    struct trial_text *text = add_text(run, utf8_prefix(lesson->text, most),
                                       is_corrected ? TRIAL_CORRECTED : TRIAL_OTHER);
    text->example.labels[ADAPTER_SENTIMENT] = lesson->sentiment;
    text->example.labels[ADAPTER_TOPIC] = lesson->topic;
    text->example.labels[ADAPTER_SEVERITY] = lesson->severity;
    text->is_fresh = lesson->corrected_at > learned_to;
    run->corrected += is_corrected;
    run->fresh += text->is_fresh;
    if (lesson->corrected_at > run->version.learned_to)
        run->version.learned_to = lesson->corrected_at;
}

enum status learning_gather(struct learning_run *run, struct error *err)
{
    struct gathering gathering = {.run = run};
    if (!analyst_has_model(run->analyst))
        return fail(err, STATUS_UNAVAILABLE, "there is no local model to adapt");
    enum status status = db_read(store_db(run->store), DB_LONG, read_lessons, &gathering, err);
    if (status != STATUS_OK)
        return status;
    int64_t learned_to = is_in_use(run) ? run->version.learned_to : 0;
    size_t general = count_general();
    run->count = run->corrected = run->fresh = 0;
    run->texts = arena_array(run->arena, struct trial_text, gathering.lessons.count + general + 1);
    for (size_t i = 0; i < gathering.lessons.count; i++)
        add_lesson(&gathering, &gathering.lessons.items[i], learned_to);
    for (size_t i = 0; i < general; i++)
        add_text(run, str_from_z(adapter_general[i]), TRIAL_GENERAL);
    return STATUS_OK;
}

static enum learning_outcome outcome_of(const struct learning_run *run)
{
    if (run->trial.is_better)
        return LEARNING_PROMOTED;
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        if (run->trial.fields[field].ruling != RULING_TOO_FEW)
            return LEARNING_NOT_BETTER;
    return LEARNING_TOO_FEW;
}

void learning_try(struct learning_run *run)
{
    if (is_in_use(run) && run->fresh == 0) {
        run->outcome = LEARNING_NOTHING_NEW;
        return;
    }
    for (size_t i = 0; i < run->count; i++) {
        struct trial_text *text = &run->texts[i];
        analyst_predict(run->analyst, 0, text->example.text, &text->example.base);
        analyst_predict(run->analyst, run->tenant_id, text->example.text, &text->current);
    }
    adapter_try(run->arena, run->texts, run->count, analyst_base(run->analyst), &run->trial);
    run->outcome = outcome_of(run);
}

static void write_count(struct json_writer *writer, const char *key, size_t count)
{
    json_key(writer, key);
    json_integer(writer, (int64_t)count);
}

void learning_write_figures(struct json_writer *writer, const struct trial *trial)
{
    json_open(writer, '[');
    for (int i = 0; i < ADAPTER_FIELDS; i++) {
        const struct trial_field *field = &trial->fields[i];
        json_open(writer, '{');
        json_key(writer, "field");
        json_string_z(writer, adapter_labels[i].name);
        json_key(writer, "ruling");
        json_string_z(writer, adapter_ruling_names[field->ruling]);
        write_count(writer, "corrections", field->corrected);
        write_count(writer, "right_before", field->base_right);
        write_count(writer, "right_after", field->right);
        write_count(writer, "wins", field->wins);
        write_count(writer, "losses", field->losses);
        write_count(writer, "new_corrections", field->fresh);
        write_count(writer, "new_right_before", field->fresh_current_right);
        write_count(writer, "new_right_after", field->fresh_right);
        write_count(writer, "others", field->others);
        write_count(writer, "others_changed", field->others_changed);
        write_count(writer, "general", field->general);
        write_count(writer, "general_changed", field->general_changed);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

struct keeping {
    struct learning_run *run;
    struct adapter_version version;
    struct audit_entry audit;
};

static enum status keep(struct db_session *session, void *argument, struct error *err)
{
    struct keeping *keeping = argument;
    enum status status = store_add_adapter(session, &keeping->version, err);
    if (status != STATUS_OK)
        return status;
    keeping->audit.subject =
        str_format(keeping->run->arena, "adapter %lld", (long long)keeping->version.version);
    return store_add_audit(session, &keeping->audit, err);
}

enum status learning_keep(struct learning_run *run, str actor, struct error *err)
{
    struct buf figures;
    if (run->outcome != LEARNING_PROMOTED)
        return STATUS_OK;
    buf_init(&figures, run->arena, FIGURES_MAX);
    learning_write_figures(&(struct json_writer){.out = &figures}, &run->trial);
    struct keeping keeping = {
        .run = run,
        .version = {.tenant_id = run->tenant_id,
                    .base = str_from_z(analyst_base(run->analyst)),
                    .corrections = (int64_t)run->corrected,
                    .learned_to = run->version.learned_to,
                    .figures = buf_str(&figures),
                    .bytes = run->trial.bytes,
                    .created_at = clock_now_us()},
        .audit = {.tenant_id = run->tenant_id,
                  .actor = actor,
                  .action = "model.promoted",
                  .detail = str_format(run->arena, "{\"corrections\":%zu}", run->corrected)},
    };
    enum status status = db_write(store_db(run->store), keep, &keeping, err);
    if (status != STATUS_OK)
        return status;
    run->version = keeping.version;
    LOG(INFO, "model_promoted", LOG_INT("tenant_id", run->tenant_id),
        LOG_INT("version", run->version.version), LOG_INT("corrections", (int64_t)run->corrected));
    return learning_use(run->store, run->analyst, run->tenant_id, err);
}
