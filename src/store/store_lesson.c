#include "store/store_lesson.h"

enum {
    MOST_BYTES = 64 * 1024 * 1024 /* of all texts; whoever learns holds them in memory */
};

static void read_label(struct db_statement *s, struct lesson *lesson)
{
    str field = db_peek(s, 1);
    if (str_equal(field, STR("sentiment")))
        lesson->sentiment = label_find(sentiment_names, db_peek(s, 2));
    else if (str_equal(field, STR("topic")))
        lesson->topic = label_find(topic_names, db_peek(s, 2));
    else if (str_equal(field, STR("severity")))
        lesson->severity = label_find(severity_names, db_peek(s, 2));
    lesson->corrected_at = db_integer(s, 3);
}

static struct lesson *add_lesson(struct lessons *lessons, int64_t feedback_id, str text)
{
    struct lesson *lesson = &lessons->items[lessons->count++];
    *lesson = (struct lesson){.feedback_id = feedback_id,
                              .text = text,
                              .sentiment = LABEL_NONE,
                              .topic = LABEL_NONE,
                              .severity = LABEL_NONE};
    lessons->bytes += text.length;
    return lesson;
}

/* Rows of one feedback stand together, the latest correction of a field last. */
static enum status list_corrected(struct db_session *session, struct arena *arena,
                                  const struct lesson_query *query, struct lessons *lessons,
                                  struct error *err)
{
    struct lesson *lesson = NULL;
    struct db_statement *s = db_prepare(
        session, "SELECT c.feedback_id, c.field, c.label_after, c.created_at, f.text"
                 " FROM corrections c JOIN feedback f ON f.id = c.feedback_id"
                 " WHERE c.tenant_id = $1 ORDER BY c.feedback_id DESC, c.created_at, c.id");
    db_bind_integer(s, 1, query->tenant_id);
    while (db_row(s)) {
        int64_t id = db_integer(s, 0);
        if (lesson == NULL || lesson->feedback_id != id) {
            if (lessons->count == query->most_corrected || lessons->bytes > MOST_BYTES)
                break;
            lesson = add_lesson(lessons, id, db_text(s, 4, arena));
        }
        read_label(s, lesson);
    }
    lessons->corrected = lessons->count;
    return db_end(s, err);
}

static enum status list_others(struct db_session *session, struct arena *arena,
                               const struct lesson_query *query, struct lessons *lessons,
                               struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT id, text FROM feedback WHERE tenant_id = $1 AND id > $2 AND id < $3"
                 " AND processing_method <> 'validation' AND NOT EXISTS"
                 " (SELECT 1 FROM corrections WHERE feedback_id = feedback.id)"
                 " ORDER BY id DESC LIMIT $4");
    db_bind_integer(s, 1, query->tenant_id);
    db_bind_integer(s, 2, lessons->items[lessons->corrected - 1].feedback_id);
    db_bind_integer(s, 3, lessons->items[0].feedback_id);
    db_bind_integer(s, 4, (int64_t)query->most_others);
    while (lessons->bytes <= MOST_BYTES && db_row(s))
        add_lesson(lessons, db_integer(s, 0), db_text(s, 1, arena));
    return db_end(s, err);
}

enum status store_list_lessons(struct db_session *session, struct arena *arena,
                               const struct lesson_query *query, struct lessons *lessons,
                               struct error *err)
{
    size_t room = query->most_corrected + query->most_others;
    *lessons = (struct lessons){.items = arena_array(arena, struct lesson, room + 1)};
    enum status status = list_corrected(session, arena, query, lessons, err);
    if (status != STATUS_OK || lessons->corrected == 0)
        return status;
    return list_others(session, arena, query, lessons, err);
}
