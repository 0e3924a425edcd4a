#include "store/store_prompt.h"

#include "base/clock.h"

static enum status check_room(struct db_session *session, int64_t tenant_id, struct error *err)
{
    int64_t count = 0;
    struct db_statement *s =
        db_prepare(session, "SELECT COUNT(*) FROM prompts WHERE tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    if (db_row(s))
        count = db_integer(s, 0);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && count >= STORE_MOST_PROMPTS)
        return fail(err, STATUS_CONFLICT, "there are %d prompts, and no more are kept",
                    STORE_MOST_PROMPTS);
    return status;
}

enum status store_add_prompt(struct db_session *session, const struct prompt *prompt,
                             struct error *err)
{
    int64_t added = 0;
    enum status status = check_room(session, prompt->tenant_id, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(
        session, "INSERT INTO prompts (tenant_id, task, version, rules, why, actor, created_at)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                 " ON CONFLICT (tenant_id, task, version) DO NOTHING");
    db_bind_integer(s, 1, prompt->tenant_id);
    db_bind_text(s, 2, prompt->task);
    db_bind_text(s, 3, prompt->version);
    db_bind_text(s, 4, prompt->rules);
    db_bind_text(s, 5, prompt->why);
    db_bind_text(s, 6, prompt->actor);
    db_bind_integer(s, 7, prompt->created_at);
    status = db_run(s, &added, err);
    if (status == STATUS_OK && added == 0)
        return fail(err, STATUS_CONFLICT,
                    "there is a version '" STR_FORMAT "' already, and versions never change: give "
                    "this one another name",
                    STR_ARG(prompt->version));
    return status;
}

static void read_prompt(struct db_statement *s, struct arena *arena, struct prompt *prompt)
{
    *prompt = (struct prompt){
        .tenant_id = db_integer(s, 0),
        .task = db_text(s, 1, arena),
        .version = db_text(s, 2, arena),
        .rules = db_text(s, 3, arena),
        .why = db_text(s, 4, arena),
        .actor = db_text(s, 5, arena),
        .created_at = db_integer(s, 6),
        .retired_at = store_read_optional(s, 7),
    };
}

enum status store_list_prompts(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               struct prompt **prompts, size_t *count, struct error *err)
{
    size_t room = 0;
    struct db_statement *s =
        db_prepare(session, "SELECT tenant_id, task, version, rules, why, actor, created_at,"
                            " retired_at FROM prompts WHERE tenant_id = $1 ORDER BY id");
    *prompts = NULL;
    *count = 0;
    db_bind_integer(s, 1, tenant_id);
    while (db_row(s)) {
        if (*count == room) {
            size_t wanted = room > 0 ? room * 2 : 4;
            *prompts =
                arena_grow(arena, *prompts, room * sizeof **prompts, wanted * sizeof **prompts);
            room = wanted;
        }
        read_prompt(s, arena, &(*prompts)[(*count)++]);
    }
    return db_end(s, err);
}

static enum status say_why_not(struct db_session *session, int64_t tenant_id, str task, str version,
                               struct error *err)
{
    bool is_there = false;
    struct db_statement *s = db_prepare(
        session, "SELECT 1 FROM prompts WHERE tenant_id = $1 AND task = $2 AND version = $3");
    db_bind_integer(s, 1, tenant_id);
    db_bind_text(s, 2, task);
    db_bind_text(s, 3, version);
    is_there = db_row(s);
    enum status status = db_end(s, err);
    if (status != STATUS_OK)
        return status;
    if (is_there)
        return fail(err, STATUS_CONFLICT, "version '" STR_FORMAT "' was retired before",
                    STR_ARG(version));
    return fail(err, STATUS_NOT_FOUND, "there is no version '" STR_FORMAT "' of yours",
                STR_ARG(version));
}

enum status store_retire_prompt(struct db_session *session, int64_t tenant_id, str task,
                                str version, struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s =
        db_prepare(session, "UPDATE prompts SET retired_at = $1 WHERE tenant_id = $2 AND task = $3"
                            " AND version = $4 AND retired_at IS NULL");
    db_bind_integer(s, 1, clock_now_us());
    db_bind_integer(s, 2, tenant_id);
    db_bind_text(s, 3, task);
    db_bind_text(s, 4, version);
    enum status status = db_run(s, &changed, err);
    return status == STATUS_OK && changed == 0 ? say_why_not(session, tenant_id, task, version, err)
                                               : status;
}

enum status store_get_active_arm(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                 str task, struct arm *arm, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT prompt_version, provider, model FROM active_arms"
                            " WHERE tenant_id = $1 AND task = $2");
    *arm = (struct arm){0};
    db_bind_integer(s, 1, tenant_id);
    db_bind_text(s, 2, task);
    if (db_row(s))
        *arm = (struct arm){db_text(s, 0, arena), db_text(s, 1, arena), db_text(s, 2, arena)};
    return db_end(s, err);
}

static enum status remove_active_arm(struct db_session *session, int64_t tenant_id, str task,
                                     struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM active_arms WHERE tenant_id = $1 AND task = $2");
    db_bind_integer(s, 1, tenant_id);
    db_bind_text(s, 2, task);
    return db_run(s, NULL, err);
}

enum status store_put_active_arm(struct db_session *session, int64_t tenant_id, str task,
                                 const struct arm *arm, struct error *err)
{
    if (str_is_absent(arm->prompt_version))
        return remove_active_arm(session, tenant_id, task, err);
    struct db_statement *s = db_prepare(
        session, "INSERT INTO active_arms (tenant_id, task, prompt_version, provider, model,"
                 " changed_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, task)"
                 " DO UPDATE SET prompt_version = excluded.prompt_version,"
                 " provider = excluded.provider, model = excluded.model,"
                 " changed_at = excluded.changed_at");
    db_bind_integer(s, 1, tenant_id);
    db_bind_text(s, 2, task);
    db_bind_text(s, 3, arm->prompt_version);
    db_bind_text(s, 4, arm->provider);
    db_bind_text(s, 5, arm->model);
    db_bind_integer(s, 6, clock_now_us());
    return db_run(s, NULL, err);
}
