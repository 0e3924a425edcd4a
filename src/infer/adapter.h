/* adapter.h - what one tenant's corrections add to the answer of the local model.
 *
 * A residual softmax regression for each corrected field: softmax(log p + W f), where p is what the
 * base model says and f are the text's features (features.h), each worth 1/sqrt(how many there
 * are). Only features that several corrected texts share have a row in W, so a text unlike all of
 * them keeps what the base model says of it, to the bit. It knows nothing of how the base works
 * inside; it names the one it was trained against.
 *
 * As bytes, which is how the database keeps it: a header, then rows by growing id, little-endian,
 * under a checksum. Bytes are checked whole before they are used: what does not fit is CORRUPT.
 *
 * Immutable, for any thread. Applying allocates nothing; the sums are of integers, so the same text
 * gives the same bytes in whatever order. */
#pragma once

#include "base/status.h"
#include "infer/classifier.h"

enum {
    ADAPTER_FORMAT = 1,
    ADAPTER_BASE_SIZE = 64,
    ADAPTER_LANES = SENTIMENT_COUNT + TOPIC_COUNT + SEVERITY_COUNT,
    ADAPTER_MOST_ROWS = 1 << 17, /* 2.6 MB */
    ADAPTER_MOST_FEATURES = 4096 /* of a text: what comes after is not looked at */
};

/* What people can correct. */
enum adapter_field {
    ADAPTER_SENTIMENT,
    ADAPTER_TOPIC,
    ADAPTER_SEVERITY,
    ADAPTER_FIELDS
};

struct adapter_labels {
    const char *name; /* "topic", as `corrections` has it */
    const char *const *names;
    int first, count; /* its lanes */
};
extern const struct adapter_labels adapter_labels[ADAPTER_FIELDS];

/* The probabilities of one field, adapter_labels[field].count of them. */
float *adapter_shares(struct prediction *prediction, int field);
int adapter_answer(const struct prediction *prediction, int field); /* the likeliest label */

struct adapter;

struct adapter_header {
    char magic[8];     /* "HARKADP\n" */
    uint32_t format;   /* ADAPTER_FORMAT */
    uint32_t features; /* FEATURE_VERSION */
    uint32_t row_count;
    uint32_t byte_order;          /* 0x01020304 as the writer's machine has it */
    float scale[ADAPTER_FIELDS];  /* what one step of a weight is worth; 0: not adapted */
    uint32_t reserved;            /* 0 */
    char base[ADAPTER_BASE_SIZE]; /* the model it was trained against, as analyst_base() says */
    unsigned char checksum[32];   /* SHA-256 of all but itself */
};

struct adapter_row {
    uint32_t id; /* of the feature */
    int8_t weights[ADAPTER_LANES];
    int8_t reserved[2]; /* 0 */
};

/* CORRUPT: not an adapter, of another version, cut short or changed. Copies what it keeps. */
enum status adapter_decode(struct adapter **adapter, str bytes, struct error *err) MUST_CHECK;
void adapter_close(struct adapter *adapter); /* NULL is fine */
const char *adapter_base(const struct adapter *adapter);

/* `header` with its scales, base and row count set, and rows by growing id, as adapter_decode()
 * reads them. In the arena. */
str adapter_encode(struct arena *arena, struct adapter_header *header,
                   const struct adapter_row *rows);

/* Moves what the base model said of `text` to what the tenant would say. */
void adapter_apply(const struct adapter *adapter, str text, struct prediction *prediction);

/* softmax(log p + residual) of one field, in place; for training and applying alike. */
void adapter_add_residual(float *shares, const float *residual, int count);
