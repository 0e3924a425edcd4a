/* store_prompt.h - tenants' own prompts, and what each has in use. In a transaction.
 *
 * A version is never changed and never removed: what it made names it. */
#pragma once

#include "model/prompt.h"
#include "store/store.h"

enum {
    STORE_MOST_PROMPTS = 1000 /* that a tenant may have */
};

/* CONFLICT: the tenant has that version, or as many as it may. */
enum status store_add_prompt(struct db_session *session, const struct prompt *prompt,
                             struct error *err) MUST_CHECK;

/* Oldest first. */
enum status store_list_prompts(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               struct prompt **prompts, size_t *count,
                               struct error *err) MUST_CHECK;

/* NOT_FOUND; CONFLICT: it was retired before. */
enum status store_retire_prompt(struct db_session *session, int64_t tenant_id, str task,
                                str version, struct error *err) MUST_CHECK;

/* Absent prompt_version: nothing was put to use, so the server's default holds. */
enum status store_get_active_arm(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                 str task, struct arm *arm, struct error *err) MUST_CHECK;

/* An arm without prompt_version takes what was put to use back. */
enum status store_put_active_arm(struct db_session *session, int64_t tenant_id, str task,
                                 const struct arm *arm, struct error *err) MUST_CHECK;
