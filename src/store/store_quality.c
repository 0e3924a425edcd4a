/* Rows come feedback by feedback, its analyses in the order in which they were made. What is known
 * of one feedback is gathered, and counted once the next begins. */
#include "store/store_quality.h"

#include "model/feedback.h"

#include <stdlib.h>

enum {
    MOST_GROUPS = 200,
    NAME_SIZE = 256, /* of provider and model; what is longer is cut */
    MOST_VOICES = 16 /* versions or models that answered for one feedback; the last ones count */
};

struct pair_tally {
    int64_t count, sentiment, topic;
};

struct trust_tally {
    struct calibration_bin bins[CALIBRATION_BINS];
};

struct tally {
    str name;
    int64_t count, asked, needing_review;
    struct pair_tally llm_local, llm_people, local_people;
    struct trust_tally llm, local;
};

/* The last answer of one language model, or of all of them, for a feedback. */
struct voice {
    struct tally *group; /* NULL: where voices are not told apart */
    struct local_labels llm, local;
    bool needs_review;
};

struct one_feedback {
    int64_t id;
    struct tally *group; /* its language or topic; NULL: not told apart by that */
    struct local_labels people, local;
    struct tally *local_group;
    struct voice voices[MOST_VOICES];
    size_t count;
};

struct quality_counting {
    struct arena *arena;
    int group;
    struct one_feedback now;
    struct tally total;
    struct tally *groups; /* MOST_GROUPS, and one for the others */
    size_t group_count;
};

static bool splits_by_voice(const struct quality_counting *c)
{
    return c->group == QUALITY_BY_VERSION || c->group == QUALITY_BY_MODEL;
}

/* Text columns live shortly; the few names that are new are kept. */
static struct tally *group_of(struct quality_counting *c, str name)
{
    for (size_t i = 0; i < c->group_count; i++)
        if (str_equal(c->groups[i].name, name))
            return &c->groups[i];
    if (c->group_count > MOST_GROUPS)
        return &c->groups[MOST_GROUPS];
    struct tally *group = &c->groups[c->group_count++];
    group->name = c->group_count > MOST_GROUPS ? STR("other") : str_copy(c->arena, name);
    return group;
}

static void add_pair(struct pair_tally *pair, const struct local_labels *one,
                     const struct local_labels *other)
{
    if (!one->is_known || !other->is_known)
        return;
    pair->count++;
    pair->sentiment += one->sentiment == other->sentiment;
    pair->topic += one->topic == other->topic;
}

static void add_trust(struct trust_tally *trust, const struct local_labels *said,
                      const struct local_labels *people)
{
    if (said->is_known && people->is_known && !isnan(said->confidence))
        calibration_add(&trust->bins[calibration_bin_of(said->confidence)], said->confidence,
                        said->sentiment == people->sentiment);
}

static void add_voice(struct tally *tally, const struct voice *voice,
                      const struct local_labels *people)
{
    tally->count++;
    tally->asked += voice->llm.is_known;
    tally->needing_review += voice->needs_review;
    add_pair(&tally->llm_local, &voice->llm, &voice->local);
    add_pair(&tally->llm_people, &voice->llm, people);
    add_pair(&tally->local_people, &voice->local, people);
    add_trust(&tally->llm, &voice->llm, people);
    add_trust(&tally->local, &voice->local, people);
}

/* The total counts the voice that spoke last. */
static void count_feedback(struct quality_counting *c)
{
    struct one_feedback *now = &c->now;
    if (now->id == 0)
        return;
    if (now->count == 0)
        now->voices[now->count++] = (struct voice){.group = now->local_group};
    for (size_t i = 0; i < now->count; i++)
        if (!now->voices[i].local.is_known)
            now->voices[i].local = now->local;
    add_voice(&c->total, &now->voices[now->count - 1], &now->people);
    for (size_t i = 0; splits_by_voice(c) && i < now->count; i++)
        add_voice(now->voices[i].group, &now->voices[i], &now->people);
    if (now->group != NULL)
        add_voice(now->group, &now->voices[now->count - 1], &now->people);
}

/* As the last of the voices: that of the same group, or else a new one. */
static struct voice *last_voice(struct one_feedback *now, struct tally *group)
{
    size_t at = 0;
    while (at < now->count && now->voices[at].group != group)
        at++;
    if (at == now->count && now->count < MOST_VOICES)
        now->count++;
    else if (at == now->count)
        at = 0;
    for (; at + 1 < now->count; at++)
        now->voices[at] = now->voices[at + 1];
    now->voices[at] = (struct voice){.group = group};
    return &now->voices[at];
}

enum column {
    AT_ID,
    AT_SENTIMENT, /* as it stands */
    AT_TOPIC,
    AT_LANGUAGE,
    AT_CORRECTED,
    AT_PROVIDER,
    AT_MODEL,
    AT_VERSION,
    AT_SAID_SENTIMENT,
    AT_SAID_TOPIC,
    AT_SAID_CONFIDENCE,
    AT_NEEDS_REVIEW,
    AT_LOCAL_SENTIMENT,
    AT_LOCAL_TOPIC,
    AT_LOCAL_CONFIDENCE
};

#define SELECT                                                                                     \
    "SELECT f.id, f.sentiment, f.topic, COALESCE(f.language_code, 'none'),"                        \
    " EXISTS (SELECT 1 FROM corrections WHERE feedback_id = f.id), a.provider,"                    \
    " COALESCE(a.model, 'none'), COALESCE(a.prompt_version, 'none'), a.sentiment, a.topic,"        \
    " a.confidence, a.needs_review, a.local_sentiment, a.local_topic, a.local_confidence"          \
    " FROM feedback f JOIN analyses a ON a.feedback_id = f.id"                                     \
    " WHERE f.tenant_id = $1 AND f.created_at >= $2 AND f.created_at < $3"                         \
    " AND a.processing_method <> 'validation' ORDER BY f.created_at, f.id, a.id"

static struct local_labels read_labels(struct db_statement *s, int sentiment, int topic,
                                       int confidence)
{
    return (struct local_labels){
        .is_known = !db_is_null(s, sentiment),
        .sentiment = label_find(sentiment_names, db_peek(s, sentiment)),
        .topic = label_find(topic_names, db_peek(s, topic)),
        .confidence = db_is_null(s, confidence) ? (double)NAN : db_real(s, confidence),
    };
}

/* Whoever corrects one label has seen the others and let them stand. */
static void begin_feedback(struct quality_counting *c, struct db_statement *s)
{
    c->now = (struct one_feedback){.id = db_integer(s, AT_ID)};
    if (c->group == QUALITY_BY_LANGUAGE || c->group == QUALITY_BY_TOPIC)
        c->now.group =
            group_of(c, db_peek(s, c->group == QUALITY_BY_TOPIC ? AT_TOPIC : AT_LANGUAGE));
    if (db_integer(s, AT_CORRECTED) != 0)
        c->now.people = read_labels(s, AT_SENTIMENT, AT_TOPIC, AT_LOCAL_CONFIDENCE);
}

static struct tally *group_of_voice(struct quality_counting *c, struct db_statement *s)
{
    char text[NAME_SIZE];
    struct buf name;
    if (!splits_by_voice(c))
        return NULL;
    if (c->group == QUALITY_BY_VERSION)
        return group_of(c, db_peek(s, AT_VERSION));
    buf_init_on(&name, text, sizeof text);
    buf_add(&name, db_peek(s, AT_PROVIDER));
    buf_add_byte(&name, ':');
    buf_add(&name, db_peek(s, AT_MODEL));
    return group_of(c, buf_str(&name));
}

static void add_analysis(struct quality_counting *c, struct db_statement *s)
{
    struct local_labels said = read_labels(s, AT_SAID_SENTIMENT, AT_SAID_TOPIC, AT_SAID_CONFIDENCE);
    if (str_equal(db_peek(s, AT_PROVIDER), STR("local"))) {
        c->now.local = said;
        c->now.local_group = group_of_voice(c, s);
        return;
    }
    struct voice *voice = last_voice(&c->now, group_of_voice(c, s));
    voice->llm = said;
    voice->local = read_labels(s, AT_LOCAL_SENTIMENT, AT_LOCAL_TOPIC, AT_LOCAL_CONFIDENCE);
    voice->needs_review = db_integer(s, AT_NEEDS_REVIEW) != 0;
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

static struct quality_pair pair_of(const struct pair_tally *tally)
{
    return (struct quality_pair){tally->count, share(tally->sentiment, tally->count),
                                 share(tally->topic, tally->count)};
}

static struct quality_trust trust_of(const struct trust_tally *tally)
{
    struct calibration_bin all = {0};
    for (int i = 0; i < CALIBRATION_BINS; i++) {
        all.rows += tally->bins[i].rows;
        all.confidence += tally->bins[i].confidence;
        all.accuracy += tally->bins[i].accuracy;
    }
    double rows = all.rows > 0 ? (double)all.rows : (double)NAN;
    return (struct quality_trust){(int64_t)all.rows, all.accuracy / rows, all.confidence / rows,
                                  all.rows > 0 ? calibration_error(tally->bins, all.rows)
                                               : (double)NAN};
}

static struct quality_row row_of(const struct tally *tally)
{
    return (struct quality_row){
        .name = tally->name,
        .count = tally->count,
        .asked = tally->asked,
        .needing_review = tally->needing_review,
        .review_share = share(tally->needing_review, tally->asked),
        .llm_local = pair_of(&tally->llm_local),
        .llm_people = pair_of(&tally->llm_people),
        .local_people = pair_of(&tally->local_people),
        .llm = trust_of(&tally->llm),
        .local = trust_of(&tally->local),
    };
}

static int by_size(const void *one, const void *other)
{
    const struct quality_row *a = one, *b = other;
    return a->count != b->count ? (a->count < b->count ? 1 : -1) : str_compare(a->name, b->name);
}

static void sum_up(const struct quality_counting *c, struct quality *quality)
{
    struct quality_row *rows = arena_array(c->arena, struct quality_row, c->group_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->group_count; i++)
        if (c->groups[i].count > 0) /* others were named, and not the last to speak */
            rows[count++] = row_of(&c->groups[i]);
    qsort(rows, count, sizeof *rows, by_size);
    quality->total = row_of(&c->total);
    quality->groups = (struct field_list){rows, count};
}

enum status store_get_quality(struct db_session *session, struct arena *arena,
                              const struct quality_query *query, struct quality *quality,
                              struct error *err)
{
    struct quality_counting *c = arena_new(arena, struct quality_counting);
    c->arena = arena;
    c->group = query->group;
    c->groups = arena_array(arena, struct tally, MOST_GROUPS + 1);
    struct db_statement *s = db_prepare(session, SELECT);
    db_bind_integer(s, 1, query->tenant_id);
    db_bind_integer(s, 2, query->since == FIELD_UNSET ? INT64_MIN : query->since);
    db_bind_integer(s, 3, query->until == FIELD_UNSET ? INT64_MAX : query->until);
    while (db_row(s)) {
        if (db_integer(s, AT_ID) != c->now.id) {
            count_feedback(c);
            begin_feedback(c, s);
        }
        add_analysis(c, s);
    }
    enum status status = db_end(s, err);
    if (status != STATUS_OK)
        return status;
    count_feedback(c);
    *quality =
        (struct quality){.since = query->since, .until = query->until, .group = query->group};
    sum_up(c, quality);
    return STATUS_OK;
}
