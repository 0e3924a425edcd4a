/* What has been stored before is not paid for again. */
#include "base/map.h"
#include "intake/intake_inside.h"
#include "store/store_feedback.h"

enum {
    MOST_SHORT = 16 /* looks of a few microseconds each */
};

static bool may_be_known(const struct inquiry *inquiry)
{
    return inquiry->is_wanted && !str_is_absent(inquiry->item->source_id);
}

static size_t count_candidates(const struct inquiries *inquiries)
{
    size_t count = 0;
    for (size_t i = 0; i < inquiries->count; i++)
        count += may_be_known(&inquiries->items[i]);
    return count;
}

static enum status look_in_store(struct db_session *session, void *argument, struct error *err)
{
    struct inquiries *inquiries = argument;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < inquiries->count && status == STATUS_OK; i++) {
        struct inquiry *one = &inquiries->items[i];
        int64_t id = 0;
        if (may_be_known(one))
            status = store_find_source(session, one->item, &id, err);
        one->is_known = id != 0;
    }
    return status;
}

/* Of those that are the same, the first is stored, and is the answer to all. */
static void look_in_request(struct arena *arena, struct inquiries *inquiries)
{
    struct map seen;
    map_init(&seen, arena);
    for (size_t i = 0; i < inquiries->count; i++) {
        struct inquiry *one = &inquiries->items[i];
        if (!may_be_known(one))
            continue;
        str key = str_format(arena, "%zu " STR_FORMAT STR_FORMAT, one->item->source.length,
                             STR_ARG(one->item->source), STR_ARG(one->item->source_id));
        if (map_put(&seen, key, one) != NULL)
            one->is_known = true;
    }
}

void intake_find_known(const struct intake_options *intake, struct arena *arena,
                       struct inquiries *inquiries)
{
    size_t candidates = count_candidates(inquiries);
    if (candidates == 0)
        return;
    enum db_length length = candidates <= MOST_SHORT ? DB_SHORT : DB_LONG;
    /* A database that fails now fails the commit, too, which says why. */
    if (db_read(store_db(intake->store), length, look_in_store, inquiries, NULL) != STATUS_OK)
        for (size_t i = 0; i < inquiries->count; i++)
            inquiries->items[i].is_known = may_be_known(&inquiries->items[i]);
    if (candidates > 1)
        look_in_request(arena, inquiries);
}
