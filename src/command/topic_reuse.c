#include "command/topic_reuse.h"

#include "app/model_path.h"
#include "command/models.h"
#include "infer/corpus.h"
#include "infer/vectors.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_ROWS = 20000, /* each is compared with each */
    LEAST = 50,        /* hundredths */
    STEP = 5,
    STEPS = (100 - LEAST) / STEP
};

struct row {
    str text;
    uint64_t key; /* of its letters */
    int topic, predicted, nearest;
    double likeness; /* to the nearest */
    struct vector vector;
};

struct rows {
    struct row *items;
    size_t count;
};

static enum status read_rows(struct arena *arena, const char *path, const struct vectors *vectors,
                             struct rows *rows, struct error *err)
{
    str rest = {0}, label, text;
    enum status status = corpus_read(arena, path, &rest, err);
    rows->items = arena_array(arena, struct row, MOST_ROWS);
    while (status == STATUS_OK && rows->count < MOST_ROWS &&
           corpus_next_line(&rest, &label, &text)) {
        struct row *row = &rows->items[rows->count];
        row->text = text;
        row->topic = label_find(topic_names, label);
        row->key = corpus_key(text);
        row->nearest = LABEL_NONE;
        if (row->topic != LABEL_NONE && vectors_embed(vectors, text, &row->vector))
            rows->count++;
    }
    if (status == STATUS_OK && rows->count < 2)
        status =
            fail(err, STATUS_INVALID, "'%s' has not two rows of a topic, a tab and a text", path);
    return status;
}

static enum status predict(const struct models *models, struct rows *rows, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < rows->count && status == STATUS_OK; i++) {
        struct row *row = &rows->items[i];
        struct prediction prediction;
        status = predictor_predict(&models->predictor, &row->text, 1, &prediction, err);
        row->predicted = 0;
        for (int topic = 1; topic < TOPIC_COUNT && status == STATUS_OK; topic++)
            if (prediction.topic[topic] > prediction.topic[row->predicted])
                row->predicted = topic;
    }
    return status;
}

static void be_found(struct row *row, const struct row *by, double likeness)
{
    if (row->nearest == LABEL_NONE || likeness > row->likeness) {
        row->nearest = by->topic;
        row->likeness = likeness;
    }
}

static void find_nearest(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        for (size_t j = 0; j < i; j++) {
            struct row *one = &rows->items[i], *other = &rows->items[j];
            if (one->key == other->key)
                continue;
            double likeness = vector_similarity(&one->vector, &other->vector);
            be_found(one, other, likeness);
            be_found(other, one, likeness);
        }
}

struct tally {
    size_t hits, wrong, model_wrong;
};

static struct tally count(const struct rows *rows, double least)
{
    struct tally tally = {0};
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];
        if (row->nearest == LABEL_NONE || row->likeness < least)
            continue;
        tally.hits++;
        tally.wrong += row->nearest != row->topic;
        tally.model_wrong += row->predicted != row->topic;
    }
    return tally;
}

static double share(size_t part, size_t whole)
{
    return whole == 0 ? 0 : (double)part / (double)whole;
}

static void print_text(const struct rows *rows)
{
    printf("%zu rows\n%-14s%10s%12s%14s%26s\n", rows->count, "similar_topic", "hits", "of all",
           "wrong hits", "local model wrong there");
    for (int step = 0; step < STEPS; step++) {
        int least = LEAST + step * STEP;
        struct tally tally = count(rows, least / 100.0);
        printf("%-14d%10zu%12.4f%14.4f%26.4f\n", least, tally.hits, share(tally.hits, rows->count),
               share(tally.wrong, tally.hits), share(tally.model_wrong, tally.hits));
    }
}

static void print_json(struct arena *arena, const struct rows *rows)
{
    struct buf out;
    buf_init(&out, arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &out};
    json_open(&writer, '[');
    for (int step = 0; step < STEPS; step++) {
        int least = LEAST + step * STEP;
        struct tally tally = count(rows, least / 100.0);
        json_open(&writer, '{');
        json_key(&writer, "similar_topic");
        json_integer(&writer, least);
        json_key(&writer, "rows");
        json_integer(&writer, (int64_t)rows->count);
        json_key(&writer, "hits");
        json_integer(&writer, (int64_t)tally.hits);
        json_key(&writer, "wrong");
        json_integer(&writer, (int64_t)tally.wrong);
        json_key(&writer, "local_model_wrong");
        json_integer(&writer, (int64_t)tally.model_wrong);
        json_close(&writer, '}');
    }
    json_close(&writer, ']');
    buf_add_z(&out, "\n");
    fwrite(out.bytes, 1, out.length, stdout);
}

enum status topic_reuse_print(struct command_call *call, const char *path, struct error *err)
{
    struct vectors *vectors = NULL;
    struct models models;
    struct rows rows = {0};
    enum status status = models_open(&models, call->arena, call->config, err);
    if (status == STATUS_OK)
        status = vectors_open(&vectors, app_vectors_path(call->arena, call->config), err);
    if (status == STATUS_OK)
        status = read_rows(call->arena, path, vectors, &rows, err);
    if (status == STATUS_OK)
        status = predict(&models, &rows, err);
    if (status == STATUS_OK) {
        find_nearest(&rows);
        if (call_has(call, "json"))
            print_json(call->arena, &rows);
        else
            print_text(&rows);
    }
    vectors_close(vectors);
    models_close(&models);
    return status;
}
